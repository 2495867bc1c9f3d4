export type View = "events" | "patterns" | "live";
export type ChartKind = "line" | "area" | "bar" | "heat" | "top";

/** What the address of the page holds, beside the time range. */
export interface SearchParams {
  query?: string;
  /** Names joined by commas. */
  columns?: string;
  /** A field; with - before it descending. */
  sort?: string;
  view?: View;
  /** The field by which the histogram is broken down. */
  by?: string;
  /** The event in the drawer. */
  event?: string;
  chart?: ChartKind;
  limit?: number;
}

export const limits = [1_000, 10_000, 100_000] as const;
const views: readonly View[] = ["events", "patterns", "live"];
const charts: readonly ChartKind[] = ["line", "area", "bar", "heat", "top"];

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
const oneOf = <T>(list: readonly T[], value: unknown): T | undefined => list.find((item) => item === value);

export function readSearchParams(search: Record<string, unknown>): SearchParams {
  const read = {
    query: textOf(search.query),
    columns: textOf(search.columns),
    sort: textOf(search.sort),
    view: oneOf(views, search.view),
    by: textOf(search.by),
    event: textOf(search.event),
    chart: oneOf(charts, search.chart),
    limit: oneOf(limits, search.limit),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

export const columnsOf = (params: SearchParams): string[] =>
  (params.columns ?? "").split(",").filter((name) => name !== "");

export interface FieldSort {
  field: string;
  descending: boolean;
}

export function sortOf(params: SearchParams): FieldSort | undefined {
  const text = params.sort;
  if (text === undefined) return undefined;
  return text.startsWith("-") ? { field: text.slice(1), descending: true } : { field: text, descending: false };
}
