import { useElementSize } from "@mantine/hooks";
import { ErrorState, LoadingState } from "@/components";
import type { Schema } from "@/api-client";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import { formatTime, useTimeRange, useZone } from "@/lib/time";
import { stackBars } from "@/viz/stacked-bars";
import { useActivity } from "../api/queries";
import type { Kind } from "../lib/kinds";
import { Card } from "./card";
import styles from "./entities.module.css";

const height = 120;
const axis = 18;
const colorOf = (series: number, all: number): string => (series === all - 1 ? "var(--v-series-other)" : `var(--v-series-${(series % 7) + 1})`);

/** Events of the entity over time, by where they come from; a click narrows the range. */
export function Activity({ kind, value }: { kind: Kind; value: string }) {
  const { range, setRange } = useTimeRange();
  const activity = useActivity(kind, value, range);
  return (
    <Card title={t("entities.activity")} meta={activity.data && t("entities.events", { count: activity.data.total })}>
      <div className={styles.cardBody}>
        {activity.error ? (
          <ErrorState error={activity.error} onRetry={() => void activity.refetch()} />
        ) : !activity.data ? (
          <LoadingState />
        ) : activity.data.total === 0 ? (
          <span className={styles.muted}>{t("entities.activity.none")}</span>
        ) : (
          <Bars data={activity.data} onRange={(from, to) => setRange({ from, to })} />
        )}
      </div>
    </Card>
  );
}

function Bars({ data, onRange }: { data: Schema<"Histogram">; onRange: (from: string, to: string) => void }) {
  const { ref, width } = useElementSize();
  const zone = useZone();
  const times = data.buckets.map(({ time }) => Date.parse(time));
  const interval = (times[1] ?? (times[0] ?? 0) + 1) - (times[0] ?? 0);
  const names = (data.series ?? []).map((series) => series.value);
  const counts = [
    ...names.map((name) => data.buckets.map((bucket) => bucket.by?.[name] ?? 0)),
    data.buckets.map((bucket) => bucket.others ?? (names.length === 0 ? bucket.count : 0)),
  ];
  const { rects, columns, ticks } = stackBars({ times, interval, counts, width, height });
  const labels = [...names, t("entities.activity.others")].filter((_, index) => counts[index]?.some((count) => count > 0));
  return (
    <div ref={ref}>
      <svg width={width} height={height + axis} className={styles.chart} role="img" aria-label={t("entities.activity.chart", { total: data.total })}>
        {rects.map((rect) => (
          <rect key={`${rect.bucket}-${rect.series}`} x={rect.x} y={rect.y} width={rect.width} height={rect.height} fill={colorOf(rect.series, counts.length)} />
        ))}
        {ticks.map(({ x, time }) => (
          <text key={time.getTime()} x={x} y={height + 13} className={styles.tick} textAnchor="middle">
            {formatTime(time, zone, "minute").slice(5)}
          </text>
        ))}
        {columns.map((column, bucket) => (
          <rect
            key={bucket}
            x={column.x}
            width={column.width}
            height={height}
            fill="transparent"
            style={{ cursor: "pointer" }}
            onClick={() => {
              const start = times[bucket] ?? 0;
              onRange(new Date(start).toISOString(), new Date(start + interval).toISOString());
            }}
          >
            <title>{`${formatTime(new Date(times[bucket] ?? 0), zone, "minute")} · ${formatCount(column.total)}`}</title>
          </rect>
        ))}
      </svg>
      <div className={styles.legend}>
        {labels.map((label) => {
          const series = names.includes(label) ? names.indexOf(label) : counts.length - 1;
          return (
            <span key={label}>
              <span className={styles.swatch} style={{ background: colorOf(series, counts.length) }} />
              {label}
            </span>
          );
        })}
      </div>
    </div>
  );
}
