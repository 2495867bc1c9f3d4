import { useMemo } from "react";
import type { Row } from "@/api-client";
import { DataTable, EmptyState, Value, type Column } from "@/components";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import { formatTime, useZone } from "@/lib/time";
import { textOfValue } from "@/lib/values";
import { columnKind } from "@/viz/table-chart";

const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);
const showNumber = (value: number) => (Number.isInteger(value) ? formatCount(value) : value.toLocaleString("en", { maximumFractionDigits: 3 }));

/** What `stats`, `top` and their like answer. */
export function ResultTable({ columns, rows }: { columns: readonly string[]; rows: readonly Row[] }) {
  const zone = useZone();
  const numbered = useMemo(() => rows.map((row, index) => ({ row, id: String(index) })), [rows]);
  const shown = useMemo(
    () =>
      columns.map((name): Column<{ row: Row; id: string }> => {
        const kind = columnKind(rows, name);
        return {
          id: name,
          header: name,
          width: kind === "number" ? 120 : 220,
          align: kind === "number" ? "right" : "left",
          value: ({ row }) => numberOf(row[name]) ?? textOfValue(row[name]),
          cell: ({ row }) => {
            const value = row[name];
            if (typeof value === "number") return showNumber(value);
            if (kind === "time" && typeof value === "string") return formatTime(value, zone);
            return <Value field={name} value={value} />;
          },
        };
      }),
    [columns, rows, zone],
  );
  return (
    <DataTable
      id={`search.results.${columns.join(",").slice(0, 80)}`}
      label={t("search.results")}
      columns={shown}
      rows={numbered}
      rowId={({ id }) => id}
      rowHeight={26}
      empty={<EmptyState title={t("search.empty")} hint={t("search.empty.hint")} />}
    />
  );
}
