import { useMemo, type ReactNode } from "react";
import type { Row } from "@/api-client";
import { DataTable, Value, type Column, type TableSort } from "@/components";
import { t } from "@/lib/messages";
import { formatTime, useZone } from "@/lib/time";
import { textOfValue } from "@/lib/values";
import type { FieldSort } from "../model/search-params";
import { idOf, summaryOf } from "../model/summary";
import styles from "./events-table.module.css";

interface Props {
  rows: readonly Row[];
  columns: readonly string[];
  sort?: FieldSort | undefined;
  onSort?: (sort: FieldSort | undefined) => void;
  activeId: string | undefined;
  onOpen: (id: string) => void;
  empty: ReactNode;
}

const widths: Record<string, number> = { message: 520, "event.original": 620, "process.command_line": 420, "url.original": 320 };

function Summary({ row }: { row: Row }) {
  return (
    <span className={styles.summary}>
      {summaryOf(row).map(([field, text]) => (
        <span key={field} className={styles.pair}>
          <span className={styles.field}>{field}</span>
          <span className={styles.text}>{text}</span>
        </span>
      ))}
    </span>
  );
}

function eventColumns(names: readonly string[], zone: string): Column<Row>[] {
  const time: Column<Row> = {
    id: "@timestamp",
    header: t("search.table.time"),
    width: 178,
    fixed: true,
    sortable: true,
    cell: (row) => <span className={styles.mono}>{formatTime(textOfValue(row["@timestamp"]), zone, "millisecond")}</span>,
  };
  const chosen = names.filter((name) => name !== "@timestamp");
  if (chosen.length === 0) {
    return [time, { id: "summary", header: t("search.table.summary"), width: 300, grow: true, fixed: true, cell: (row) => <Summary row={row} /> }];
  }
  return [
    time,
    ...chosen.map((name, index): Column<Row> => ({
      id: name,
      header: name,
      width: widths[name] ?? 170,
      sortable: true,
      grow: index === chosen.length - 1,
      cell: (row) => (row[name] === undefined ? null : <Value field={name} value={row[name]} />),
    })),
  ];
}

/** Events as rows: time and chosen columns, or a summary of each. */
export function EventsTable({ rows, columns, sort, onSort, activeId, onOpen, empty }: Props) {
  const zone = useZone();
  const key = columns.join(",");
  const shown = useMemo(() => eventColumns(key === "" ? [] : key.split(","), zone), [key, zone]);
  const tableSort: TableSort | undefined = sort && { column: sort.field, descending: sort.descending };
  return (
    <DataTable
      id={key === "" ? "search.summary" : "search.events"}
      label={t("search.table")}
      columns={shown}
      rows={rows}
      rowId={idOf}
      sort={tableSort}
      onSort={(next) => onSort?.(next && { field: next.column, descending: next.descending })}
      activeId={activeId}
      onOpen={(row) => onOpen(idOf(row))}
      rowHeight={26}
      empty={empty}
    />
  );
}
