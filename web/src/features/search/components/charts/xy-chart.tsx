import { scaleBand, scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { t } from "@/lib/messages";
import { formatCompact } from "@/lib/numbers";
import { formatTime, offsetMinutes, useZone } from "@/lib/time";
import { extent, topSeries, type ChartData } from "@/viz/table-chart";
import { tickLabel } from "@/viz/time-ticks";
import styles from "./charts.module.css";

interface Props {
  data: ChartData;
  kind: "line" | "area" | "bar";
  width: number;
  height: number;
}

const margin = { left: 52, right: 14, top: 8, bottom: 20 };
const legendHeight = 22;
const color = (index: number) => `var(--v-series-${index + 1})`;

/** Lines, stacked areas or stacked bars over time or names. */
export function XyChart({ data, kind, width, height }: Props) {
  const zone = useZone();
  const inner = Math.max(80, height - legendHeight - 6);
  const series = topSeries(data.series, t("search.histogram.others"));
  const stacked = kind !== "line";
  const [low, high] = extent(series, stacked);
  const y = scaleLinear().domain([low, high]).range([inner - margin.bottom, margin.top]).nice(4);
  const times = data.positions.map(Number);
  const asTime = data.kind === "time" && kind !== "bar";
  const linear = scaleLinear()
    .domain([times[0] ?? 0, times.at(-1) ?? 1])
    .range([margin.left, width - margin.right]);
  const band = scaleBand<number>()
    .domain(data.positions.map((_, index) => index))
    .range([margin.left, width - margin.right])
    .padding(0.15);
  const centre = (index: number) => (asTime ? linear(times[index] ?? 0) : (band(index) ?? 0) + band.bandwidth() / 2);
  const nameOf = (index: number) => {
    const position = data.positions[index];
    return data.kind === "time" && typeof position === "number" ? tickLabel(position, offsetMinutes(new Date(position), zone) * 60_000) : String(position ?? "");
  };
  const fullName = (index: number) => {
    const position = data.positions[index];
    return data.kind === "time" && typeof position === "number" ? formatTime(new Date(position), zone) : String(position ?? "");
  };
  const bases = data.positions.map(() => 0);
  const layers = series.map((one) =>
    one.values.map((value, index) => {
      const base = stacked ? (bases[index] ?? 0) : 0;
      const top = base + (value ?? 0);
      if (stacked) bases[index] = top;
      return { index, base, top, missing: value === null };
    }),
  );
  type Point = (typeof layers)[number][number];
  const lineOf = line<Point>((point) => centre(point.index), (point) => y(point.top)).defined((point) => !point.missing);
  const areaOf = area<Point>((point) => centre(point.index), (point) => y(point.base), (point) => y(point.top));
  const every = Math.max(1, Math.ceil(data.positions.length / Math.max(2, Math.floor(width / 100))));
  return (
    <>
      <svg width={width} height={inner} role="img" aria-label={t("search.chart.summary", { measure: data.measure, count: data.positions.length })}>
        {y.ticks(4).map((value) => (
          <g key={value}>
            <line x1={margin.left} x2={width - margin.right} y1={y(value)} y2={y(value)} className={styles.grid} />
            <text x={margin.left - 6} y={y(value) + 3} textAnchor="end" className={styles.tick}>
              {formatCompact(value)}
            </text>
          </g>
        ))}
        {data.positions.map(
          (_, index) =>
            index % every === 0 && (
              <text key={index} x={centre(index)} y={inner - 5} textAnchor="middle" className={styles.tick}>
                {nameOf(index).slice(0, 16)}
              </text>
            ),
        )}
        {layers.map((points, index) => {
          if (kind === "line") {
            return (
              <g key={index}>
                <path d={lineOf(points) ?? ""} fill="none" stroke={color(index)} strokeWidth={1.6} />
                {points.length < 60 && points.map((point) => !point.missing && <circle key={point.index} cx={centre(point.index)} cy={y(point.top)} r={2} fill={color(index)} />)}
              </g>
            );
          }
          if (kind === "area") return <path key={index} d={areaOf(points) ?? ""} fill={color(index)} opacity={0.75} />;
          return points.map((point) => (
            <rect key={`${index}-${point.index}`} x={band(point.index) ?? 0} width={band.bandwidth()} y={y(point.top)} height={Math.max(0, y(point.base) - y(point.top))} fill={color(index)}>
              <title>{`${fullName(point.index)} · ${series[index]?.name ?? ""}: ${formatCompact(point.top - point.base)}`}</title>
            </rect>
          ));
        })}
      </svg>
      <ul className={styles.legend}>
        {series.map((one, index) => (
          <li key={one.name}>
            <i style={{ background: color(index) }} />
            <span className={styles.legendName} title={one.name}>
              {one.name}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
