import { max } from "d3-array";
import { scaleLinear, scaleTime } from "d3-scale";
import { area, curveMonotoneX, stack } from "d3-shape";

export interface ChartSeries {
  name: string;
  color: string;
  /** One for each time. */
  values: readonly number[];
}

export interface ChartData {
  /** Starts of the buckets, in milliseconds, ascending. */
  times: readonly number[];
  interval: number;
  /** From the bottom up. */
  series: readonly ChartSeries[];
}

export interface ChartBox {
  width: number;
  height: number;
  left: number;
  bottom: number;
  top: number;
}

interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface ChartLayout {
  from: number;
  to: number;
  x: (time: number) => number;
  /** The time at a place, within the chart. */
  timeAt: (x: number) => number;
  yTicks: { value: number; y: number }[];
  xTicks: { time: number; x: number }[];
  bars: { name: string; color: string; bars: (Bar & { index: number })[] }[];
  areas: { name: string; color: string; path: string }[];
  total: number;
}

const steps = [1, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000];

/** Round times of a zone that is `offset` milliseconds ahead of UTC, at most so many. */
export function roundTimes(from: number, to: number, most: number, offset: number): number[] {
  const wanted = (to - from) / Math.max(1, most) / 1000;
  const step = (steps.find((one) => one >= wanted) ?? Math.ceil(wanted / 31536000) * 31536000) * 1000;
  const out: number[] = [];
  for (let time = Math.ceil((from + offset) / step) * step - offset; time <= to; time += step) out.push(time);
  return out;
}

/** Stacked series over time, as bars and as areas. */
export function layOutChart(data: ChartData, box: ChartBox, kind: "bars" | "area", offset = 0): ChartLayout {
  const { times, interval, series } = data;
  const from = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  const to = kind === "bars" ? last + interval : Math.max(last, from + 1);
  const x = scaleTime().domain([from, to]).range([box.left, box.width]).clamp(true);
  const rows = times.map((_, index) => series.map((one) => one.values[index] ?? 0));
  const highest = max(rows, (row) => row.reduce((sum, value) => sum + value, 0)) ?? 0;
  const y = scaleLinear().domain([0, Math.max(1, highest)]).nice(3).range([box.height - box.bottom, box.top]);
  const stacked = stack<number[], number>()
    .keys(series.map((_, index) => index))
    .value((row, index) => row[index] ?? 0)(rows);
  const wide = times.length > 0 ? (box.width - box.left) / times.length : 0;
  const gap = wide > 4 ? 1 : 0;
  const curve = area()
    .x((_, index) => x(times[index] ?? 0))
    .y0(([low]) => y(low))
    .y1(([, high]) => y(high))
    .curve(curveMonotoneX);
  const named = series.map(({ name, color }, index) => ({ name, color, points: stacked[index] ?? [] }));
  return {
    from,
    to,
    x: (time) => x(time),
    timeAt: (place) => x.invert(place).getTime(),
    yTicks: y.ticks(3).filter(Number.isInteger).map((value) => ({ value, y: y(value) })),
    xTicks: times.length === 0 ? [] : roundTimes(from, to, Math.max(2, Math.floor((box.width - box.left) / 96)), offset).map((time) => ({ time, x: x(time) })),
    bars:
      kind === "area"
        ? []
        : named.map(({ name, color, points }) => ({
            name,
            color,
            bars: points.flatMap(([low, high], index) =>
              high > low
                ? [{ index, x: x(times[index] ?? 0), y: y(high), width: Math.max(1, wide - gap), height: Math.max(1, y(low) - y(high)) }]
                : [],
            ),
          })),
    areas:
      kind === "bars" ? [] : named.map(({ name, color, points }) => ({ name, color, path: curve(points.map(([low, high]) => [low, high])) ?? "" })),
    total: rows.flat().reduce((sum, value) => sum + value, 0),
  };
}
