import { describe, expect, it } from "vitest";
import { measure } from "./ingest-rate";
import { byLevel } from "./levels";

describe("levels", () => {
  it("are what a level has beyond those above it", () => {
    const counts = (...list: number[]) => list.map((count, index) => ({ time: new Date(index * 60_000).toISOString(), count }));
    const volume = byLevel([counts(5, 1), counts(3, 1), counts(3, 0)]);
    expect(volume.counts).toEqual([[2, 0], [0, 1], [3, 0]]);
    expect(volume.interval).toBe(60_000);
  });
});

describe("the ingest rate", () => {
  it("is the difference of two looks", () => {
    let state = measure(undefined, 100, 0);
    expect(state.rates).toEqual([]);
    state = measure(state, 600, 5_000);
    expect(state.rates).toEqual([100]);
    expect(measure(state, 700, 5_200)).toBe(state);
  });

  it("begins anew when counters fall", () => {
    const state = measure({ total: 900, at: 0, rates: [3] }, 10, 5_000);
    expect(state).toEqual({ total: 10, at: 5_000, rates: [] });
  });
});
