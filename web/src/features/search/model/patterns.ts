import type { Row } from "@/api-client";
import { textOfValue } from "@/lib/values";

export interface Pattern {
  template: string;
  count: number;
  share: number;
  example: string;
  /** The longest run of words without a place holder; it finds the pattern again. */
  phrase: string;
}

const holders: [RegExp, string][] = [
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>"],
  [/\b\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}/g, "<time>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>"],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?\b/g, "<ip>"],
  [/(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![\w:])/gi, "<ip>"],
  [/\bS-1-\d+(?:-\d+)+\b/g, "<sid>"],
  [/\b0x[0-9a-f]+\b/gi, "<hex>"],
  [/\b[0-9a-f]{16,}\b/gi, "<hex>"],
  [/"[^"\n]{1,400}"(?!\s*:)/g, '"<text>"'],
  [/[A-Za-z]:\\[^\s"',;]+/g, "<path>"],
  [/(?<![\w<])\/(?:[\w.%+~-]+\/)+[\w.%+~-]*/g, "<path>"],
  [/(?<![\w.<])-?\d+(?:\.\d+)?(?![\w>])/g, "<n>"],
  [/\b(?=\w*\d)(?=\w*[A-Za-z])\w{6,}\b/g, "<id>"],
];

export function templateOf(text: string): string {
  let out = text.slice(0, 2_000);
  for (const [pattern, holder] of holders) out = out.replace(pattern, holder);
  return out.replace(/\s+/g, " ").trim();
}

function phraseOf(template: string): string {
  const runs = template
    .split(/<\w+>|["'()[\]{}=,;:|]/)
    .map((run) => run.trim())
    .filter((run) => /[A-Za-z]{3}/.test(run));
  return runs.sort((a, b) => b.length - a.length)[0] ?? "";
}

/** The line that a row was: the raw text, else its message. */
export const lineOf = (row: Row): string => textOfValue(row.message) || textOfValue(row["event.original"]);

/** Lines that differ only in numbers, addresses, names and times, counted; the most frequent first. */
export function findPatterns(rows: readonly Row[], most = 200): Pattern[] {
  const groups = new Map<string, { count: number; example: string }>();
  let total = 0;
  for (const row of rows) {
    const line = lineOf(row);
    if (line === "") continue;
    total += 1;
    const template = templateOf(line);
    const group = groups.get(template);
    if (group) group.count += 1;
    else groups.set(template, { count: 1, example: line });
  }
  return [...groups]
    .map(([template, { count, example }]) => ({ template, count, example, share: count / total, phrase: phraseOf(template) }))
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}
