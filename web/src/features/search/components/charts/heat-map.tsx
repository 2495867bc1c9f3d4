import { max } from "d3-array";
import { scaleBand, scaleSqrt } from "d3-scale";
import { t } from "@/lib/messages";
import { formatCompact } from "@/lib/numbers";
import { formatTime, offsetMinutes, useZone } from "@/lib/time";
import type { ChartData } from "@/viz/table-chart";
import { tickLabel } from "@/viz/time-ticks";
import styles from "./charts.module.css";

const left = 170;
const bottom = 20;
const mostRows = 40;
const leastRow = 18;
const mostColumns = 300;

/** Two dimensions as cells, the more the stronger. */
export function HeatMap({ data, width, height }: { data: ChartData; width: number; height: number }) {
  const zone = useZone();
  const rows = data.series.slice(0, mostRows);
  const positions = data.positions.slice(0, mostColumns);
  const tall = Math.max(height - 6, rows.length * leastRow + bottom);
  const x = scaleBand<number>().domain(positions.map((_, index) => index)).range([left, width - 8]).paddingInner(0.04);
  const y = scaleBand<number>().domain(rows.map((_, index) => index)).range([2, tall - bottom]).paddingInner(0.06);
  const strength = scaleSqrt().domain([0, max(rows, (row) => max(row.values, (value) => value ?? 0)) ?? 1]).range([8, 100]);
  const every = Math.max(1, Math.ceil(positions.length / Math.max(2, Math.floor((width - left) / 100))));
  const nameOf = (index: number, short: boolean) => {
    const position = data.positions[index];
    if (data.kind !== "time" || typeof position !== "number") return String(position ?? "");
    return short ? tickLabel(position, offsetMinutes(new Date(position), zone) * 60_000) : formatTime(new Date(position), zone);
  };
  return (
    <svg width={width} height={tall} role="img" aria-label={t("search.chart.summary", { measure: data.measure, count: data.positions.length })}>
      {rows.map((row, index) => (
        <g key={row.name}>
          <text x={left - 8} y={(y(index) ?? 0) + y.bandwidth() / 2 + 3} textAnchor="end" className={styles.tick}>
            {row.name.length > 26 ? `${row.name.slice(0, 25)}…` : row.name}
          </text>
          {row.values.slice(0, mostColumns).map((value, at) => (
            <rect
              key={at}
              x={x(at) ?? 0}
              y={y(index) ?? 0}
              width={x.bandwidth()}
              height={y.bandwidth()}
              rx={1.5}
              fill={value ? `color-mix(in srgb, var(--v-accent) ${strength(value)}%, var(--v-bg))` : "var(--v-hover)"}
            >
              <title>{`${row.name} · ${nameOf(at, false)}: ${formatCompact(value ?? 0)}`}</title>
            </rect>
          ))}
        </g>
      ))}
      {positions.map(
        (_, index) =>
          index % every === 0 && (
            <text key={index} x={(x(index) ?? 0) + x.bandwidth() / 2} y={tall - 5} textAnchor="middle" className={styles.tick}>
              {nameOf(index, true).slice(0, 16)}
            </text>
          ),
      )}
    </svg>
  );
}
