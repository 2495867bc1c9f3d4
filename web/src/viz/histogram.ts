import { max } from "d3-array";
import { scaleLinear, scaleUtc } from "d3-scale";

export interface Bucket {
  /** Milliseconds. */
  time: number;
  count: number;
  /** In the order of the series, with the others last. */
  parts: number[];
}

export interface Bar {
  bucket: number;
  x: number;
  width: number;
  /** From the bottom up. */
  pieces: { series: number; y: number; height: number }[];
}

export interface HistogramLayout {
  bars: Bar[];
  ticksX: { x: number; label: string }[];
  ticksY: { y: number; value: number }[];
  timeAt: (x: number) => number;
  bucketAt: (x: number) => number;
}

export interface Box {
  width: number;
  height: number;
  left: number;
  bottom: number;
}

/** Milliseconds of `5m`, `1h` as the API names intervals. */
export function intervalMs(text: string | null | undefined): number | undefined {
  const found = /^(\d+)(ms|[smhdw])$/.exec(text ?? "");
  const sizes: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 };
  return found ? Number(found[1]) * (sizes[found[2] ?? ""] ?? 0) : undefined;
}

/** Stacked bars over time. The first and the last bucket may reach beyond the range: nothing is cut. */
export function layoutHistogram(
  buckets: readonly Bucket[],
  interval: number,
  box: Box,
  /** `shown` formats a tick; `offset` is what the zone is ahead of UTC, in milliseconds. */
  ticks: { shown: (time: number) => string; offset: number },
): HistogramLayout {
  const first = buckets[0]?.time ?? 0;
  const end = (buckets.at(-1)?.time ?? 0) + interval;
  const x = scaleUtc().domain([first + ticks.offset, end + ticks.offset]).range([box.left, box.width]);
  const most = max(buckets, (bucket) => bucket.count) ?? 0;
  const y = scaleLinear().domain([0, Math.max(1, most)]).range([box.height - box.bottom, 9]).nice(2);
  const at = (time: number) => x(time + ticks.offset);
  const gap = (box.width - box.left) / Math.max(1, buckets.length) > 5 ? 1 : 0.25;
  const bars = buckets.map((bucket, index) => {
    let sum = 0;
    const pieces = bucket.parts.map((count, series) => {
      const bottom = y(sum);
      sum += count;
      return { series, y: y(sum), height: bottom - y(sum) };
    });
    const left = at(bucket.time);
    return { bucket: index, x: left, width: Math.max(0.5, at(bucket.time + interval) - left - gap), pieces };
  });
  const timeAt = (px: number) => x.invert(px).getTime() - ticks.offset;
  // A label at the very end would be cut.
  const inside = ({ x: px }: { x: number }) => px < box.width - 14;
  return {
    bars,
    ticksX: x.ticks(Math.max(2, Math.floor(box.width / 110))).map((date) => ({ x: x(date), label: ticks.shown(date.getTime() - ticks.offset) })).filter(inside),
    ticksY: y.ticks(2).filter(Number.isInteger).map((value) => ({ y: y(value), value })),
    timeAt,
    bucketAt: (px) => Math.min(buckets.length - 1, Math.max(0, Math.floor((timeAt(px) - first) / interval))),
  };
}

/** The range that a brush from one place to another means: whole buckets. */
export function brushedRange(layout: HistogramLayout, buckets: readonly Bucket[], interval: number, a: number, b: number) {
  const from = buckets[layout.bucketAt(Math.min(a, b))]?.time ?? 0;
  const to = (buckets[layout.bucketAt(Math.max(a, b))]?.time ?? 0) + interval;
  return { from, to };
}
