import { Checkbox } from "@mantine/core";
import { memo } from "react";
import { t } from "@/lib/messages";
import styles from "./data-table.module.css";
import type { Column } from "./types";

interface Props<T> {
  domId: string;
  row: T;
  index: number;
  top: number;
  columns: readonly Column<T>[];
  active: boolean;
  /** undefined: rows cannot be selected. */
  selected: boolean | undefined;
  edge: string | undefined;
  onClick: (index: number) => void;
  onSelect: (index: number, range: boolean) => void;
}

const interactive = "button, a, input, label, [role=menuitem]";

function TableRowOf<T>({ domId, row, index, top, columns, active, selected, edge, onClick, onSelect }: Props<T>) {
  return (
    <div
      role="row"
      id={domId}
      aria-rowindex={index + 2}
      aria-selected={selected ?? active}
      data-active={active || undefined}
      data-odd={index % 2 === 1 || undefined}
      className={styles.row}
      style={{ transform: `translateY(${top}px)`, ...(edge === undefined ? {} : { boxShadow: `inset 3px 0 0 ${edge}` }) }}
      onClick={(event) => {
        if (!(event.target as HTMLElement).closest(interactive)) onClick(index);
      }}
    >
      {selected !== undefined && (
        <div role="gridcell" className={styles.check}>
          <Checkbox
            size="xs"
            tabIndex={-1}
            aria-label={t("common.table.select")}
            checked={selected}
            onChange={() => undefined}
            onClick={(event) => onSelect(index, event.shiftKey)}
          />
        </div>
      )}
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={styles.cell} data-align={column.align}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

export const TableRow = memo(TableRowOf) as typeof TableRowOf;
