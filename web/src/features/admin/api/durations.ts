const units: readonly [unit: string, seconds: number][] = [
  ["w", 604_800],
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
];

/** Seconds of `15m` or `1d 12h`; null for nothing, undefined for what is no duration. */
export function readDuration(text: string): number | null | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "") return null;
  if (!/^(?:\d{1,9}\s*[wdhms]\s*)+$/.test(trimmed)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of trimmed.matchAll(/(\d+)\s*([wdhms])/g)) {
    seconds += Number(count) * (units.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return seconds;
}

/** The shortest way to write so many seconds. */
export function spellDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "";
  const out: string[] = [];
  let left = seconds;
  for (const [unit, size] of units) {
    if (unit === "w" && left % size !== 0) continue;
    const count = Math.floor(left / size);
    if (count > 0) out.push(`${count}${unit}`);
    left -= count * size;
  }
  return out.join(" ") || "0s";
}

export interface TaskLine {
  title: string;
  description?: string;
  due_seconds?: number | null;
}

/** Tasks as they are written, one a line; descriptions of tasks that keep their title stay. */
export function readTasks(text: string, before: readonly TaskLine[] = []): TaskLine[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const bar = line.lastIndexOf("|");
      const due = bar < 0 ? undefined : readDuration(line.slice(bar + 1));
      const title = typeof due === "number" ? line.slice(0, bar).trim() : line;
      const description = before.find((task) => task.title === title)?.description;
      return { title, ...(description ? { description } : {}), ...(typeof due === "number" ? { due_seconds: due } : {}) };
    });
}

export const spellTasks = (tasks: readonly TaskLine[]): string =>
  tasks
    .map(({ title, due_seconds: due }) => (due === null || due === undefined ? title : `${title} | ${spellDuration(due)}`))
    .join("\n");

const hashLengths = [32, 40, 64, 128];

export type IndicatorKind = "ip" | "network" | "domain" | "url" | "hash" | "email" | "file_name";

/** What a pasted value most likely is. */
export function indicatorKind(value: string): IndicatorKind {
  const plain = value.trim().replaceAll("[.]", ".").replaceAll("[:]", ":").replace(/^hxxp/i, "http");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(plain)) return "url";
  if (/^\S+@\S+\.\S+$/.test(plain)) return "email";
  if (/^[\da-f]+$/i.test(plain) && hashLengths.includes(plain.length)) return "hash";
  const network = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f:]*:[\da-f:]*(?:\d{1,3}(?:\.\d{1,3}){3})?)(\/\d{1,3})?$/i.exec(plain);
  if (network) return network[1] === undefined ? "ip" : "network";
  if (/\.(?:exe|dll|ps1|vbs|js|bat|cmd|docm?|xlsm?|zip|rar|iso|lnk|sh|py|elf|bin|scr|hta|msi)$/i.test(plain)) return "file_name";
  return /^[\w-]+(?:\.[\w-]+)+$/.test(plain) ? "domain" : "file_name";
}
