export interface DatasetRow {
  dataset: string;
  days: number;
  parts: number;
  events: number;
  bytes: number;
  raw: number;
  from: string | undefined;
  to: string | undefined;
}

const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const earlier = (a: string | undefined, b: string | undefined) => (a === undefined || (b !== undefined && b < a) ? b : a);
const later = (a: string | undefined, b: string | undefined) => (a === undefined || (b !== undefined && b > a) ? b : a);

/** The node tells datasets by day; here they are whole. */
export function byDataset(items: readonly Record<string, unknown>[]): DatasetRow[] {
  const rows = new Map<string, DatasetRow>();
  const days = new Map<string, Set<string>>();
  for (const item of items) {
    const dataset = text(item.dataset) ?? "";
    let row = rows.get(dataset);
    if (!row) {
      row = { dataset, days: 0, parts: 0, events: 0, bytes: 0, raw: 0, from: undefined, to: undefined };
      rows.set(dataset, row);
    }
    const seen = days.get(dataset) ?? new Set();
    days.set(dataset, seen.add(text(item.day) ?? ""));
    row.days = seen.size;
    row.parts += number(item.parts);
    row.events += number(item.events);
    row.bytes += number(item.bytes);
    row.raw += number(item.raw_bytes);
    row.from = earlier(row.from, text(item.from));
    row.to = later(row.to, text(item.to));
  }
  return [...rows.values()].sort((a, b) => b.bytes - a.bytes);
}

/** Retention, out of the configuration as the node writes it. */
export function retentionIn(yaml: string): { age: string | undefined; bytes: string | undefined } {
  const block = /^ {2}retention:\n((?: {4,}.*\n?)*)/m.exec(yaml)?.[1] ?? "";
  const value = (name: string) => new RegExp(`^ {4}${name}: *(\\S+)`, "m").exec(block)?.[1];
  const unless = (none: RegExp, found: string | undefined) => (found === undefined || none.test(found) ? undefined : found);
  return { age: unless(/^0[smhdw]?$/, value("max_age")), bytes: unless(/^0[A-Za-z]*$/, value("max_bytes")) };
}
