import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useId, useMemo, useRef, useState, type CSSProperties } from "react";
import styles from "./data-table.module.css";
import { TableHeader } from "./header";
import { TableRow } from "./row";
import { sortRows } from "./sort";
import type { Column, DataTableProps, TableSort } from "./types";
import { useLayout } from "./use-layout";
import { useSelection } from "./use-selection";
import { tableKeyHandler } from "./use-table-keys";

const endMargin = 20;

function templateOf<T>(columns: readonly Column<T>[], width: (id: string) => number, selectable: boolean): string {
  const tracks = columns.map((column) => (column.grow ? `minmax(${width(column.id)}px, 1fr)` : `${width(column.id)}px`));
  const filler = columns.some((column) => column.grow) ? "28px" : "minmax(28px, 1fr)";
  return [...(selectable ? ["34px"] : []), ...tracks, filler].join(" ");
}

/** A table that draws only what is in sight: sorted, sized and chosen columns, rows by keyboard. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { id, label, columns, rowId, onOpen, onActive, selection, rowHeight = 28, onEnd, edge } = props;
  const domId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { table, shown, reset } = useLayout(id, columns);

  const [ownSort, setOwnSort] = useState<TableSort | undefined>(props.initialSort);
  const controlled = props.onSort !== undefined;
  const sort = controlled ? props.sort : ownSort;
  const rows = useMemo(
    () => (controlled ? props.rows : sortRows(props.rows, columns, sort)),
    [controlled, props.rows, columns, sort],
  );

  const [ownActive, setOwnActive] = useState<string>();
  const activeId = props.activeId ?? ownActive;
  const [activeHint, setActiveHint] = useState(-1);
  const active = useMemo(() => {
    if (activeId === undefined) return -1;
    const hinted = rows[activeHint];
    if (hinted !== undefined && rowId(hinted) === activeId) return activeHint;
    return rows.findIndex((row) => rowId(row) === activeId);
  }, [rows, rowId, activeId, activeHint]);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  const select = useSelection(rows, rowId, selection);
  const move = useCallback(
    (index: number) => {
      const row = rows[index];
      if (row === undefined) return;
      setActiveHint(index);
      setOwnActive(rowId(row));
      onActive?.(rowId(row));
      virtual.scrollToIndex(index);
    },
    [rows, rowId, onActive, virtual],
  );
  const open = useCallback(
    (index: number) => {
      const row = rows[index];
      if (row !== undefined) onOpen?.(row);
    },
    [rows, onOpen],
  );
  const click = useCallback(
    (index: number) => {
      move(index);
      open(index);
    },
    [move, open],
  );

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - endMargin) onEnd?.();
  }, [last, rows.length, onEnd]);

  const widthOf = (column: string) => table.getColumn(column)?.getSize() ?? 140;
  const template = templateOf(shown, widthOf, selection !== undefined);
  const least = shown.reduce((sum, column) => sum + widthOf(column.id), 28 + (selection ? 34 : 0));
  const style = { "--columns": template, "--least": `${least}px`, "--row-height": `${rowHeight}px` } as CSSProperties;
  const activeRow = rows[active];
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={shown.length + (selection ? 2 : 1)}
      aria-multiselectable={selection ? true : undefined}
      aria-activedescendant={activeRow === undefined ? undefined : `${domId}-${active}`}
      tabIndex={0}
      className={styles.table}
      style={style}
      onKeyDown={tableKeyHandler({
        count: rows.length,
        active,
        page: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2),
        move,
        open: onOpen && open,
        select: selection && select.toggle,
        selectAll: selection && select.toggleAll,
      })}
    >
      <TableHeader
        table={table}
        columns={shown}
        sort={sort}
        onSort={controlled ? props.onSort : setOwnSort}
        onReset={reset}
        selectAll={selection && { checked: select.all, some: select.some, toggle: select.toggleAll }}
      />
      {rows.length === 0 ? (
        props.empty
      ) : (
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <TableRow<T>
                key={item.key}
                domId={`${domId}-${item.index}`}
                row={row}
                index={item.index}
                top={item.start}
                columns={shown}
                active={item.index === active}
                selected={selection ? selection.ids.has(rowId(row)) : undefined}
                edge={edge?.(row)}
                onClick={click}
                onSelect={select.toggle}
              />
            );
          })}
        </div>
      )}
    </div>
  );
}
