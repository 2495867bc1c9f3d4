import { Checkbox } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { Table } from "@tanstack/react-table";
import { t } from "@/lib/messages";
import { ColumnMenu } from "./column-menu";
import styles from "./data-table.module.css";
import { nextSort } from "./sort";
import type { Column, TableSort } from "./types";

interface Props<T> {
  table: Table<T>;
  columns: readonly Column<T>[];
  sort: TableSort | undefined;
  onSort: ((sort: TableSort | undefined) => void) | undefined;
  onReset: () => void;
  selectAll: { checked: boolean; some: boolean; toggle: () => void } | undefined;
}

const stepWide = 16;

function HeaderCell<T>({ column, table, sort, onSort }: Pick<Props<T>, "table" | "sort" | "onSort"> & { column: Column<T> }) {
  const sorted = sort?.column === column.id ? sort : undefined;
  const sortable = onSort !== undefined && (column.sortable ?? column.value !== undefined);
  const header = table.getFlatHeaders().find((candidate) => candidate.column.id === column.id);
  const state = sorted ? (sorted.descending ? "descending" : "ascending") : "none";
  const widen = (by: number) =>
    table.setColumnSizing((old) => ({
      ...old,
      [column.id]: Math.max(column.minWidth ?? 48, (header?.getSize() ?? 140) + by),
    }));
  return (
    <div role="columnheader" aria-sort={sortable ? state : undefined} className={styles.headerCell} data-align={column.align}>
      {sortable ? (
        <button type="button" className={styles.sort} onClick={() => onSort(nextSort(sort, column.id))}>
          <span className={styles.headerText}>{column.header}</span>
          {sorted && (sorted.descending ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
        </button>
      ) : (
        <span className={styles.headerText}>{column.header}</span>
      )}
      {header && (
        <div
          role="separator"
          aria-orientation="vertical"
          aria-label={t("common.table.resize", { column: column.header })}
          aria-valuenow={Math.round(header.getSize())}
          tabIndex={-1}
          className={styles.resize}
          onMouseDown={header.getResizeHandler()}
          onTouchStart={header.getResizeHandler()}
          onDoubleClick={() => header.column.resetSize()}
          onKeyDown={(event) => {
            if (event.key === "ArrowLeft") widen(-stepWide);
            if (event.key === "ArrowRight") widen(stepWide);
          }}
        />
      )}
    </div>
  );
}

export function TableHeader<T>({ table, columns, sort, onSort, onReset, selectAll }: Props<T>) {
  return (
    <div role="rowgroup" className={styles.header}>
      <div role="row" aria-rowindex={1} className={styles.headerRow}>
        {selectAll && (
          <div role="columnheader" className={styles.check}>
            <Checkbox
              size="xs"
              aria-label={t("common.table.select.all")}
              checked={selectAll.checked}
              indeterminate={selectAll.some}
              onChange={selectAll.toggle}
            />
          </div>
        )}
        {columns.map((column) => (
          <HeaderCell key={column.id} column={column} table={table} sort={sort} onSort={onSort} />
        ))}
        <div role="columnheader" className={styles.menuCell}>
          <ColumnMenu table={table} onReset={onReset} />
        </div>
      </div>
    </div>
  );
}
