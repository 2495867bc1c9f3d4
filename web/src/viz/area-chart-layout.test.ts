import { describe, expect, it } from "vitest";
import { layOutChart, roundTimes } from "./area-chart-layout";

const box = { width: 330, height: 100, left: 30, top: 0, bottom: 20 };
const minute = 60_000;
const data = {
  times: [0, minute, 2 * minute],
  interval: minute,
  series: [
    { name: "low", color: "a", values: [1, 0, 2] },
    { name: "high", color: "b", values: [1, 0, 2] },
  ],
};

describe("stacked bars", () => {
  const layout = layOutChart(data, box, "bars");
  it("stand on each other, and only where there is something", () => {
    const [low, high] = layout.bars;
    expect(low?.bars.map((bar) => bar.index)).toEqual([0, 2]);
    expect(high?.bars[1]?.y).toBe(0);
    expect((high?.bars[1]?.y ?? 0) + (high?.bars[1]?.height ?? 0)).toBeCloseTo(low?.bars[1]?.y ?? -1);
    expect(layout.total).toBe(6);
  });
  it("cover the whole range, the last bucket included", () => {
    expect(layout.to).toBe(3 * minute);
    expect(layout.x(3 * minute)).toBe(330);
    expect(layout.timeAt(180)).toBe(1.5 * minute);
  });
});

it("an empty chart has no ticks of time", () => {
  const layout = layOutChart({ times: [], interval: minute, series: [] }, box, "area");
  expect(layout.xTicks).toEqual([]);
  expect(layout.areas).toEqual([]);
});

it("ticks are round in the zone", () => {
  const hour = 3_600_000;
  expect(roundTimes(0, 24 * hour, 4, 0).map((time) => time / hour)).toEqual([0, 6, 12, 18, 24]);
  expect(roundTimes(0, 24 * hour, 2, hour).map((time) => time / hour)).toEqual([11, 23]);
});
