import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconStack2 } from "@tabler/icons-react";
import { useMemo, useRef, useState, type PointerEvent } from "react";
import type { Schema } from "@/api-client";
import { t } from "@/lib/messages";
import { formatCompact, formatCount } from "@/lib/numbers";
import { formatTime, offsetMinutes, useZone } from "@/lib/time";
import { useSize } from "@/lib/use-size";
import { brushedRange, intervalMs, layoutHistogram, type Bucket } from "@/viz/histogram";
import { tickLabel } from "@/viz/time-ticks";
import styles from "./histogram.module.css";

interface Props {
  data: Schema<"Histogram"> | undefined;
  stale: boolean;
  by: string | undefined;
  onBy: (field: string | undefined) => void;
  onBrush: (from: string, to: string) => void;
}

const suggestions = ["event.dataset", "host.name", "user.name", "event.outcome", "event.action", "source.ip", "log.level"];
const height = 92;

export const seriesColor = (index: number): string => `var(--v-series-${index + 1})`;
const otherColor = "var(--v-series-other)";

function read(data: Schema<"Histogram"> | undefined): { buckets: Bucket[]; names: string[]; interval: number } {
  const names = data?.series?.map((one) => one.value) ?? [];
  const buckets = (data?.buckets ?? []).map(({ time, count, by, others }) => ({
    time: Date.parse(time),
    count,
    parts: names.length === 0 ? [count] : [...names.map((name) => by?.[name] ?? 0), others ?? 0],
  }));
  const gap = buckets.length > 1 ? (buckets[1]?.time ?? 0) - (buckets[0]?.time ?? 0) : 60_000;
  return { buckets, names, interval: intervalMs(data?.interval) ?? gap };
}

/** Events over time. Dragging chooses a range; a field breaks the bars down. */
export function Histogram({ data, stale, by, onBy, onBrush }: Props) {
  const zone = useZone();
  const host = useRef<HTMLDivElement>(null);
  const { width } = useSize(host);
  const [drag, setDrag] = useState<{ a: number; b: number }>();
  const [hover, setHover] = useState<number>();
  const { buckets, names, interval } = useMemo(() => read(data), [data]);
  const layout = useMemo(() => {
    const offset = offsetMinutes(new Date(buckets[0]?.time ?? 0), zone) * 60_000;
    return layoutHistogram(buckets, interval, { width, height, left: 44, bottom: 18 }, { offset, shown: (time) => tickLabel(time, offset) });
  }, [buckets, interval, width, zone]);

  const placeOf = (event: PointerEvent<SVGSVGElement>) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const finish = () => {
    if (drag && Math.abs(drag.a - drag.b) > 3) {
      const { from, to } = brushedRange(layout, buckets, interval, drag.a, drag.b);
      onBrush(new Date(from).toISOString(), new Date(to).toISOString());
    }
    setDrag(undefined);
  };
  const colorOf = (series: number) => (names.length > 0 && series === names.length ? otherColor : seriesColor(series));
  const shown = hover === undefined ? undefined : buckets[hover];
  return (
    <section className={styles.panel} aria-label={t("search.histogram")} data-stale={stale || undefined}>
      <div className={styles.head}>
        <span className={styles.range}>
          {shown
            ? `${formatTime(new Date(shown.time), zone)} · ${t("search.count", { count: shown.count })}`
            : t("search.histogram.interval", { interval: data?.interval ?? "–" })}
        </span>
        <ul className={styles.legend}>
          {[...names, ...(names.length > 0 ? [t("search.histogram.others")] : [])].map((name, index) => (
            <li key={`${index}-${name}`}>
              <i style={{ background: colorOf(index) }} />
              <span className={styles.name}>{name}</span>
              {shown && <b>{formatCompact(shown.parts[index] ?? 0)}</b>}
            </li>
          ))}
        </ul>
        <BreakdownMenu by={by} onBy={onBy} />
      </div>
      <div ref={host} className={styles.chart}>
        {width > 0 && (
          <svg
            width={width}
            height={height}
            role="img"
            aria-label={t("search.histogram.summary", { count: data?.total ?? 0 })}
            onPointerDown={(event) => {
              if (event.button !== 0 || buckets.length === 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              setDrag({ a: placeOf(event), b: placeOf(event) });
            }}
            onPointerMove={(event) => {
              const x = placeOf(event);
              setHover(buckets.length > 0 && x >= 44 ? layout.bucketAt(x) : undefined);
              if (drag) setDrag({ a: drag.a, b: x });
            }}
            onPointerLeave={() => setHover(undefined)}
            onPointerUp={finish}
            onPointerCancel={() => setDrag(undefined)}
          >
            {layout.ticksY.map(({ y, value }) => (
              <g key={value}>
                <line x1={44} x2={width} y1={y} y2={y} className={styles.grid} />
                <text x={38} y={y + 3} textAnchor="end" className={styles.tick}>
                  {formatCompact(value)}
                </text>
              </g>
            ))}
            {layout.bars.map((bar) => (
              <g key={bar.bucket} opacity={hover === undefined || hover === bar.bucket ? 1 : 0.6}>
                {bar.pieces.map(
                  (piece) =>
                    piece.height > 0 && (
                      <rect key={piece.series} x={bar.x} y={piece.y} width={bar.width} height={piece.height} fill={colorOf(piece.series)} />
                    ),
                )}
              </g>
            ))}
            {layout.ticksX.map(({ x, label }) => (
              <text key={x} x={x} y={height - 4} textAnchor="middle" className={styles.tick}>
                {label}
              </text>
            ))}
            {drag && (
              <rect x={Math.min(drag.a, drag.b)} y={0} width={Math.abs(drag.b - drag.a)} height={height - 18} className={styles.brush} />
            )}
          </svg>
        )}
      </div>
      <span className="visually-hidden">{formatCount(data?.total ?? 0)}</span>
    </section>
  );
}

function BreakdownMenu({ by, onBy }: { by: string | undefined; onBy: (field: string | undefined) => void }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          leftSection={<IconStack2 size={13} aria-hidden />}
          rightSection={<IconChevronDown size={12} aria-hidden />}
        >
          {by ? t("search.breakdown.by", { field: by }) : t("search.breakdown")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onBy(undefined)}>{t("search.breakdown.none")}</Menu.Item>
        <Menu.Divider />
        {suggestions.map((field) => (
          <Menu.Item key={field} onClick={() => onBy(field)}>
            {field}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
