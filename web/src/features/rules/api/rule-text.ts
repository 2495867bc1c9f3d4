/** What a new rule begins as. */
export const newRuleText = (id: string, author: string, date: string): string => `title: A title that says what was seen
id: ${id}
status: experimental
description: What it means when this fires, and what to look at first.
author: ${author}
date: ${date}
tags:
  - attack.execution
  - attack.t1059
logsource:
  category: process_creation
  product: windows
detection:
  selection:
    Image|endswith: '\\example.exe'
  condition: selection
falsepositives:
  - Unknown
level: medium
`;

/** The text of a rule under another id and title. */
export function copiedText(yaml: string, id: string): string {
  const renamed = yaml.replace(/^title:[ \t]*(.*)$/m, (_, title: string) => `title: ${title.replace(/^(['"])(.*)\1$/, "$2")} (copy)`);
  const line = `id: ${id}`;
  return /^id:.*$/m.test(renamed) ? renamed.replace(/^id:.*$/m, line) : renamed.replace(/^title:.*$/m, (title) => `${title}\n${line}`);
}

/** The title that a text gives, while it is written. */
export const titleIn = (yaml: string): string | undefined =>
  /^title:[ \t]*(.+)$/m.exec(yaml)?.[1]?.trim().replace(/^(['"])(.*)\1$/, "$2");

/** Events as people paste them: objects of JSON for themselves or in a list, or one a line. */
export function readEvents(text: string): (string | Record<string, never>)[] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  try {
    const whole: unknown = JSON.parse(trimmed);
    const list = Array.isArray(whole) ? (whole as unknown[]) : [whole];
    if (list.every((one) => typeof one === "object" && one !== null && !Array.isArray(one))) return list as Record<string, never>[];
  } catch {
    // Then each line is an event.
  }
  return trimmed
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => {
      try {
        const value: unknown = JSON.parse(line);
        if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, never>;
      } catch {
        // A line of another format.
      }
      return line;
    });
}
