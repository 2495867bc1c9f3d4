import { max, min } from "d3-array";

/** A table of results as series, for charts. */
export interface ChartData {
  /** The column along the x axis, if any. */
  x: string | undefined;
  kind: "time" | "category" | "none";
  /** Times in milliseconds or names, in order. */
  positions: (number | string)[];
  series: { name: string; values: (number | null)[] }[];
  measure: string;
}

type Row = Record<string, unknown>;
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const mostSeries = 7;

export type ColumnKind = "time" | "number" | "text";

export function columnKind(rows: readonly Row[], column: string): ColumnKind {
  let kind: ColumnKind | undefined;
  for (const row of rows.slice(0, 200)) {
    const value = row[column];
    if (value === null || value === undefined) continue;
    const own = typeof value === "number" ? "number" : typeof value === "string" && timePattern.test(value) ? "time" : "text";
    if (kind !== undefined && kind !== own) return "text";
    kind = own;
  }
  return kind ?? "text";
}

const text = (value: unknown): string =>
  value === null || value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);

/**
 * Reads a table: a time or the first text is x, a further text splits series, the last number is what is drawn.
 * `keys` are columns that rows are grouped by: numbers among them are names.
 */
export function chartData(columns: readonly string[], rows: readonly Row[], keys: readonly string[] = []): ChartData | undefined {
  const kindOf = (column: string): ColumnKind => {
    const kind = columnKind(rows, column);
    return kind === "number" && keys.includes(column) ? "text" : kind;
  };
  const kinds = new Map(columns.map((column) => [column, kindOf(column)]));
  const ofKind = (kind: ColumnKind) => columns.filter((column) => kinds.get(column) === kind);
  const numbers = ofKind("number");
  const measure = numbers.at(-1);
  if (measure === undefined || rows.length === 0) return undefined;
  const time = ofKind("time")[0];
  const texts = ofKind("text");
  const x = time ?? texts[0];
  const split = time === undefined ? texts[1] : texts[0];
  const measures = split === undefined ? numbers : [measure];

  const positionOf = (row: Row): number | string =>
    x === undefined ? measure : time === undefined ? text(row[x]) : Date.parse(String(row[x]));
  const positions = [...new Set(rows.map(positionOf))];
  if (time !== undefined) positions.sort((a, b) => Number(a) - Number(b));
  const place = new Map(positions.map((position, index) => [position, index]));

  const series = new Map<string, (number | null)[]>();
  for (const row of rows) {
    for (const name of measures) {
      const key = split === undefined ? name : text(row[split]);
      let values = series.get(key);
      if (!values) series.set(key, (values = positions.map(() => null)));
      const value = row[name];
      if (typeof value === "number") values[place.get(positionOf(row)) ?? 0] = value;
    }
  }
  const total = (values: (number | null)[]) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const ordered = [...series].map(([name, values]) => ({ name, values })).sort((a, b) => total(b.values) - total(a.values));
  return { x, kind: x === undefined ? "none" : time === undefined ? "category" : "time", positions, series: ordered, measure };
}

/** The series that get a colour each; the rest is summed up. */
export function topSeries(series: ChartData["series"], others: string): ChartData["series"] {
  if (series.length <= mostSeries) return series;
  const kept = series.slice(0, mostSeries - 1);
  const rest = series.slice(mostSeries - 1);
  const values = (rest[0]?.values ?? []).map((_, index) => rest.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
  return [...kept, { name: others, values }];
}

export const extent = (series: ChartData["series"], stacked: boolean): [number, number] => {
  const all = series.flatMap((one) => one.values.filter((value) => value !== null));
  const lowest = Math.min(0, min(all) ?? 0);
  if (!stacked) return [lowest, max(all) ?? 1];
  const sums = (series[0]?.values ?? []).map((_, index) => series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
  return [lowest, max(sums) ?? 1];
};
