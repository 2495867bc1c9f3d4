import { describe, expect, it } from "vitest";
import { stackBars } from "./stacked-bars";

const hour = 3_600_000;

describe("stackBars", () => {
  it("stacks series upward within the box", () => {
    const { rects, top } = stackBars({ times: [0, hour], interval: hour, counts: [[2, 0], [2, 1]], width: 100, height: 40 });
    expect(top).toBe(4);
    expect(rects.map(({ bucket, series, y, height }) => [bucket, series, y, height])).toEqual([
      [0, 0, 20, 20],
      [0, 1, 0, 20],
      [1, 1, 30, 10],
    ]);
  });
  it("has nothing for nothing", () => {
    expect(stackBars({ times: [], interval: hour, counts: [], width: 100, height: 40 }).rects).toEqual([]);
  });
});
