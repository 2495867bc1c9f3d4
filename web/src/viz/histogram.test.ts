import { describe, expect, it } from "vitest";
import { brushedRange, intervalMs, layoutHistogram, type Bucket } from "./histogram";

const buckets: Bucket[] = [0, 1, 2, 3].map((n) => ({ time: n * 60_000, count: n, parts: [n, 0] }));
const box = { width: 440, height: 100, left: 40, bottom: 20 };
const layout = layoutHistogram(buckets, 60_000, box, { shown: String, offset: 0 });

describe("the histogram", () => {
  it("gives each bucket its place and height", () => {
    expect(layout.bars.map((bar) => Math.round(bar.x))).toEqual([40, 140, 240, 340]);
    expect(layout.bars[0]?.pieces[0]?.height).toBe(0);
    expect(layout.bars[3]?.pieces[0]?.height).toBeGreaterThan(50);
  });

  it("turns a brush into whole buckets, from either side", () => {
    expect(brushedRange(layout, buckets, 60_000, 150, 260)).toEqual({ from: 60_000, to: 180_000 });
    expect(brushedRange(layout, buckets, 60_000, 999, -5)).toEqual({ from: 0, to: 240_000 });
  });

  it("reads intervals", () => {
    expect(intervalMs("90s")).toBe(90_000);
    expect(intervalMs(null)).toBeUndefined();
  });
});
