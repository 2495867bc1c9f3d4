import { max } from "d3-array";
import type { CSSProperties, ReactNode } from "react";
import styles from "./bar-list.module.css";

export interface BarItem {
  id: string;
  label: ReactNode;
  note?: ReactNode;
  value: number;
  /** As it is shown. */
  text: string;
  color?: string;
}

/** Things with a number each, and a bar as long as it. */
export function BarList({ items, label, highest }: { items: readonly BarItem[]; label: string; highest?: number }) {
  const top = highest ?? max(items, (item) => item.value) ?? 1;
  return (
    <ul className={styles.list} aria-label={label}>
      {items.map((item) => (
        <li key={item.id} className={styles.row}>
          <span
            className={styles.bar}
            style={{ width: `${Math.min(100, (100 * item.value) / (top || 1))}%`, "--bar": item.color ?? "var(--v-accent)" } as CSSProperties}
          />
          <span className={styles.label}>{item.label}</span>
          {item.note !== undefined && <span className={styles.note}>{item.note}</span>}
          <span className={styles.value}>{item.text}</span>
        </li>
      ))}
    </ul>
  );
}
