import { formatCount } from "@/lib/numbers";
import { formatTime, useZone } from "@/lib/time";
import type { ChartData } from "@/viz/table-chart";
import styles from "./charts.module.css";

const most = 100;

/** The largest first, as bars with names. */
export function BarList({ data }: { data: ChartData }) {
  const zone = useZone();
  const items = data.positions
    .map((position, index) => ({
      name: typeof position === "number" && data.kind === "time" ? formatTime(new Date(position), zone) : String(position),
      value: data.series.length === 1 || data.x === undefined
        ? (data.series[0]?.values[index] ?? 0)
        : data.series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0),
    }))
    .sort((a, b) => b.value - a.value)
    .slice(0, most);
  const largest = Math.max(1e-9, ...items.map((item) => item.value));
  return (
    <ol className={styles.list}>
      {items.map((item) => (
        <li key={item.name} className={styles.item}>
          <span className={styles.itemName} title={item.name}>
            {item.name}
          </span>
          <span className={styles.itemBar} style={{ width: `${Math.max(0.4, (100 * item.value) / largest)}%` }} />
          <span className={styles.itemValue}>{formatCount(item.value)}</span>
        </li>
      ))}
    </ol>
  );
}
