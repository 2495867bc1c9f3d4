import { scaleLinear, scaleUtc } from "d3-scale";

export interface Bars {
  /** One rectangle for each bucket and series with a count. */
  rects: { bucket: number; series: number; x: number; y: number; width: number; height: number }[];
  /** The hit area of each bucket. */
  columns: { x: number; width: number; total: number }[];
  ticks: { x: number; time: Date }[];
  top: number;
}

interface Input {
  /** Starts of buckets in milliseconds, ascending. */
  times: readonly number[];
  /** Length of a bucket in milliseconds. */
  interval: number;
  /** counts[series][bucket] */
  counts: readonly (readonly number[])[];
  width: number;
  height: number;
  tickCount?: number;
}

const gap = 1;
const leastHeight = 1;

/** Stacked bars over time that fill a box; the first series lies at the bottom. */
export function stackBars({ times, interval, counts, width, height, tickCount = 6 }: Input): Bars {
  const first = times[0];
  const last = times.at(-1);
  if (first === undefined || last === undefined || width <= 0) return { rects: [], columns: [], ticks: [], top: 0 };
  const x = scaleUtc([first, last + interval], [0, width]);
  const totals = times.map((_, bucket) => counts.reduce((sum, series) => sum + (series[bucket] ?? 0), 0));
  const top = Math.max(1, ...totals);
  const y = scaleLinear([0, top], [0, height]);
  const rects: Bars["rects"] = [];
  const columns = times.map((time, bucket) => {
    const left = x(time);
    const wide = Math.max(1, x(time + interval) - left);
    let filled = 0;
    counts.forEach((series, index) => {
      const count = series[bucket] ?? 0;
      if (count === 0) return;
      const high = Math.max(leastHeight, y(count));
      filled += high;
      rects.push({ bucket, series: index, x: left, y: height - filled, width: Math.max(1, wide - gap), height: high });
    });
    return { x: left, width: wide, total: totals[bucket] ?? 0 };
  });
  const ticks = x.ticks(tickCount).map((time) => ({ x: x(time), time }));
  return { rects, columns, ticks, top };
}
