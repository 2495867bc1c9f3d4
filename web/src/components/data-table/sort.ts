import type { Column, TableSort } from "./types";

const collator = new Intl.Collator("en", { numeric: true });

/** The rows in order; what has no value comes last either way. */
export function sortRows<T>(rows: readonly T[], columns: readonly Column<T>[], sort: TableSort | undefined): readonly T[] {
  const value = columns.find((column) => column.id === sort?.column)?.value;
  if (!sort || !value) return rows;
  const direction = sort.descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: value(row) ?? null }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    if (typeof a.key === "number" && typeof b.key === "number") return direction * (a.key - b.key);
    return direction * collator.compare(String(a.key), String(b.key));
  });
  return keyed.map(({ row }) => row);
}

/** What a click on a header leads to: descending, ascending, none. */
export function nextSort(sort: TableSort | undefined, column: string): TableSort | undefined {
  if (sort?.column !== column) return { column, descending: true };
  return sort.descending ? { column, descending: false } : undefined;
}
