import { describe, expect, it } from "vitest";
import { layOutTimeline, zoomSpan } from "./timeline";

describe("layOutTimeline", () => {
  const items = [
    { id: "a", start: 0, end: 0, lanes: ["one"] },
    { id: "b", start: 1, end: 1, lanes: ["one", "two"] },
    { id: "c", start: 90, end: 100, lanes: ["two"] },
  ];
  const { marks, lanes } = layOutTimeline({ items, lanes: ["one", "two"], from: 0, to: 100, width: 100 });
  const at = (id: string, lane: string) => marks.find((mark) => mark.id === id && mark.lane === lane);
  it("puts marks that would cover each other in rows, and a mark in each of its lanes", () => {
    expect(at("b", "one")?.y).toBeGreaterThan(at("a", "one")?.y ?? NaN);
    expect(at("b", "two")?.y).toBe(at("c", "two")?.y);
  });
  it("gives lanes the height that their rows need", () => {
    expect(lanes[0]?.height).toBeGreaterThan(lanes[1]?.height ?? NaN);
    expect(lanes[1]?.y).toBe(lanes[0]?.height);
  });
  it("leaves out what is out of sight", () => {
    expect(layOutTimeline({ items, lanes: ["one"], from: 50, to: 100, width: 100 }).marks).toEqual([]);
  });
});

describe("zoomSpan", () => {
  it("keeps the point that is zoomed at", () => {
    const [from, to] = zoomSpan([0, 100_000], 0.5, 0.25);
    expect([from, to]).toEqual([12_500, 62_500]);
  });
});
