import type { CSSProperties } from "react";
import { formatCompact } from "@/lib/numbers";
import { tacticName, techniqueName } from "./attack-matrix-names";
import type { AttackCell, AttackColumn } from "./attack-matrix-layout";
import styles from "./attack-matrix.module.css";

interface Props {
  columns: readonly AttackColumn[];
  label: string;
  /** The colour of a cell. */
  color: (cell: AttackCell) => string;
  /** What a cell says to a screen reader, and as its tooltip. */
  describe: (cell: AttackCell, tactic: string) => string;
  /** For a tactic without techniques. */
  none: string;
  /** So many techniques of a tactic at most, in one line each; the rest is counted. */
  most?: number;
  selected?: string | undefined;
  onSelect: (technique: string, tactic: string) => void;
}

/** Techniques below their tactics, the warmer the more. */
export function AttackMatrix({ columns, label, color, describe, none, most, selected, onSelect }: Props) {
  return (
    <div className={styles.matrix} role="group" aria-label={label} tabIndex={0}>
      {columns.map((column) => (
        <section key={column.tactic} aria-label={tacticName(column.tactic)}>
          <p className={styles.head}>
            {tacticName(column.tactic)}
            <span>{formatCompact(column.weight)}</span>
          </p>
          <ul className={styles.column} style={{ marginTop: 4 }}>
            {column.cells.length === 0 && <li className={styles.none}>{none}</li>}
            {column.cells.slice(0, most).map((cell) => (
              <li key={cell.technique}>
                <button
                  type="button"
                  className={styles.cell}
                  style={{ "--cell": color(cell), "--heat": cell.heat } as CSSProperties}
                  aria-pressed={selected === undefined ? undefined : selected === cell.technique}
                  aria-label={describe(cell, column.tactic)}
                  title={describe(cell, column.tactic)}
                  onClick={() => onSelect(cell.technique, column.tactic)}
                >
                  <span className={styles.top}>
                    <span>{cell.technique}</span>
                    <b>{formatCompact(cell.weight)}</b>
                  </span>
                  <span className={most === undefined ? styles.name : styles.line}>{techniqueName(cell.technique)}</span>
                </button>
              </li>
            ))}
            {most !== undefined && column.cells.length > most && <li className={styles.none}>+{column.cells.length - most}</li>}
          </ul>
        </section>
      ))}
    </div>
  );
}
