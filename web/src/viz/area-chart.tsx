import { useElementSize } from "@mantine/hooks";
import { useMemo, useState, type CSSProperties, type PointerEvent } from "react";
import { formatCompact, formatCount } from "@/lib/numbers";
import { formatTime, useZone, wallTime } from "@/lib/time";
import { layOutChart, type ChartData } from "./area-chart-layout";
import styles from "./area-chart.module.css";

interface Props {
  data: ChartData;
  /** What a screen reader hears instead of the picture. */
  summary: string;
  kind?: "bars" | "area";
  height?: number;
  /** A stretch of time was drawn by mouse. */
  onBrush?: (from: number, to: number) => void;
  format?: (value: number) => string;
}

const day = 86_400_000;
const smallestBrush = 4;

const offsetOf = (time: number, zone: string): number => {
  const wall = wallTime(new Date(time), zone);
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second) - Math.floor(time / 1000) * 1000;
};

function tickText(time: number, span: number, zone: string): string {
  const text = formatTime(new Date(time), zone);
  if (span > 4 * day) return text.slice(5, 10);
  const clock = span < 10 * 60_000 ? text.slice(11, 19) : text.slice(11, 16);
  return clock === "00:00" ? text.slice(5, 10) : clock;
}

/** Counts over time, stacked. */
export function AreaChart({ data, summary, kind = "bars", height = 140, onBrush, format = formatCompact }: Props) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const zone = useZone();
  const [place, setPlace] = useState<number>();
  const [anchor, setAnchor] = useState<number>();
  const layout = useMemo(
    () => layOutChart(data, { width: Math.max(80, width), height, left: 34, top: 6, bottom: 18 }, kind, offsetOf(data.times[0] ?? 0, zone)),
    [data, width, height, kind, zone],
  );
  const at = (event: PointerEvent<SVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(34, Math.min(box.width, event.clientX - box.left));
  };
  const index = place === undefined ? -1 : data.times.findLastIndex((time) => time <= layout.timeAt(place));
  const brushed = anchor !== undefined && place !== undefined && Math.abs(place - anchor) >= smallestBrush;
  const release = () => {
    if (brushed) onBrush?.(layout.timeAt(Math.min(anchor, place)), layout.timeAt(Math.max(anchor, place)));
    setAnchor(undefined);
  };
  return (
    <div ref={ref} className={styles.frame} style={{ "--height": `${height}px` } as CSSProperties}>
      <svg
        className={onBrush ? `${styles.svg} ${styles.brushable}` : styles.svg}
        role="img"
        aria-label={summary}
        onPointerMove={(event) => setPlace(at(event))}
        onPointerLeave={() => {
          setPlace(undefined);
          setAnchor(undefined);
        }}
        onPointerDown={onBrush && ((event) => setAnchor(at(event)))}
        onPointerUp={onBrush && release}
      >
        {layout.yTicks.map((tick) => (
          <g key={tick.value}>
            <line className={styles.grid} x1={34} x2={width} y1={tick.y} y2={tick.y} />
            <text className={styles.tick} x={28} y={tick.y + 3.5} textAnchor="end">
              {format(tick.value)}
            </text>
          </g>
        ))}
        {layout.xTicks.map((tick) => (
          <text key={tick.time} className={styles.tick} x={tick.x} y={height - 4} textAnchor={tick.x > width - 24 ? "end" : "middle"}>
            {tickText(tick.time, layout.to - layout.from, zone)}
          </text>
        ))}
        {index >= 0 && kind === "bars" && (
          <rect
            className={styles.cursor}
            x={layout.x(data.times[index] ?? 0)}
            width={Math.max(1, layout.x((data.times[index] ?? 0) + data.interval) - layout.x(data.times[index] ?? 0))}
            y={0}
            height={height - 18}
          />
        )}
        {layout.bars.map((series) => (
          <g key={series.name} fill={series.color}>
            {series.bars.map((bar) => (
              <rect key={bar.index} x={bar.x} y={bar.y} width={bar.width} height={bar.height} />
            ))}
          </g>
        ))}
        {layout.areas.map((series) => (
          <path key={series.name} d={series.path} fill={series.color} fillOpacity={0.28} stroke={series.color} strokeWidth={1.3} />
        ))}
        {brushed && (
          <rect className={styles.brush} x={Math.min(anchor, place)} width={Math.abs(place - anchor)} y={0} height={height - 18} />
        )}
      </svg>
      {index >= 0 && place !== undefined && <Tip data={data} index={index} right={place > width / 2} place={place} width={width} />}
    </div>
  );
}

function Tip({ data, index, right, place, width }: { data: ChartData; index: number; right: boolean; place: number; width: number }) {
  const zone = useZone();
  const values = data.series.map((series) => ({ ...series, value: series.values[index] ?? 0 })).reverse();
  return (
    <div className={styles.tip} style={right ? { right: width - place + 12 } : { left: place + 12 }} aria-hidden="true">
      <div className={styles.when}>{formatTime(new Date(data.times[index] ?? 0), zone, data.interval < 60_000 ? "second" : "minute")}</div>
      {values.map((series) => (
        <div key={series.name}>
          <span className={styles.swatch} style={{ background: series.color }} />
          {series.name}
          <b>{formatCount(Math.round(series.value * 100) / 100)}</b>
        </div>
      ))}
    </div>
  );
}
