import { describe, expect, it } from "vitest";
import { ForceGraph } from "./force-graph";

const at = (positions: Float32Array, index: number) => ({ x: positions[index * 2] ?? NaN, y: positions[index * 2 + 1] ?? NaN });
const apart = (positions: Float32Array, a: number, b: number) =>
  Math.hypot(at(positions, a).x - at(positions, b).x, at(positions, a).y - at(positions, b).y);

describe("ForceGraph", () => {
  it("draws what is linked together, and keeps nodes off each other", () => {
    const graph = new ForceGraph({ radii: [8, 8, 8, 8], links: [{ from: 0, to: 1, weight: 1 }, { from: 2, to: 3, weight: 1 }] });
    while (graph.step(50));
    const positions = graph.positions();
    expect(apart(positions, 0, 1)).toBeLessThan(apart(positions, 0, 2));
    expect(apart(positions, 0, 1)).toBeGreaterThan(16);
  });
  it("keeps a pinned node where it was put", () => {
    const graph = new ForceGraph({ radii: [8, 8], links: [{ from: 0, to: 1, weight: 1 }] });
    graph.pin(0, { x: 300, y: -40 });
    while (graph.step(50));
    expect(at(graph.positions(), 0)).toEqual({ x: 300, y: -40 });
  });
});
