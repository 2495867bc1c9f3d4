import { useRef } from "react";
import { levels, severityColor, severityName, type Level } from "@/components";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import { formatTime, useZone } from "@/lib/time";
import type { Schema } from "@/api-client";
import { stackBars } from "@/viz/stacked-bars";
import { useElementSize } from "@mantine/hooks";
import styles from "./volume.module.css";

interface Props {
  summary: Schema<"AlertSummary"> | undefined;
  level: Level | undefined;
  onLevel: (level: Level | undefined) => void;
  onRange: (from: string, to: string) => void;
}

const height = 34;

/** How many alerts of each level, and when; a click narrows the queue. */
export function Volume({ summary, level, onLevel, onRange }: Props) {
  return (
    <div className={styles.strip}>
      <div className={styles.levels} role="group" aria-label={t("alerts.levels")}>
        {levels.map((one) => (
          <button
            key={one}
            type="button"
            className={styles.level}
            aria-pressed={level === one}
            title={t("alerts.levels.from", { level: severityName(one) })}
            onClick={() => onLevel(level === one ? undefined : one)}
          >
            <span className={styles.number} style={{ color: severityColor(one) }}>
              {summary ? formatCount(summary.levels[one] ?? 0) : "–"}
            </span>
            <span className={styles.name}>{severityName(one)}</span>
          </button>
        ))}
      </div>
      {summary && summary.over_time.length > 1 && <Histogram summary={summary} onRange={onRange} />}
    </div>
  );
}

function Histogram({ summary, onRange }: { summary: Schema<"AlertSummary">; onRange: Props["onRange"] }) {
  const { ref, width } = useElementSize();
  const zone = useZone();
  const start = useRef<number>(undefined);
  const interval = summary.interval_seconds * 1000;
  const times = summary.over_time.map(({ time }) => Date.parse(time));
  const { rects, columns, top } = stackBars({ times, interval, counts: [summary.over_time.map(({ count }) => count)], width, height });
  const choose = (bucket: number) => {
    const [from, to] = [start.current ?? bucket, bucket].sort((a, b) => a - b);
    start.current = undefined;
    const first = times[from ?? bucket];
    const last = times[to ?? bucket];
    if (first !== undefined && last !== undefined) onRange(new Date(first).toISOString(), new Date(last + interval).toISOString());
  };
  return (
    <div ref={ref} className={styles.chart} title={t("alerts.volume.hint")}>
      <svg width={width} height={height} role="img" aria-label={t("alerts.volume", { total: summary.total, top })}>
        {rects.map((rect) => (
          <rect key={rect.bucket} x={rect.x} y={rect.y} width={rect.width} height={rect.height} className={styles.bar} />
        ))}
        {columns.map((column, bucket) => (
          <rect
            key={bucket}
            x={column.x}
            y={0}
            width={column.width}
            height={height}
            className={styles.hit}
            onPointerDown={() => (start.current = bucket)}
            onPointerUp={() => choose(bucket)}
          >
            <title>
              {`${formatTime(new Date(times[bucket] ?? 0), zone, "minute")} · ${t("alerts.count", { count: column.total })}`}
            </title>
          </rect>
        ))}
      </svg>
    </div>
  );
}
