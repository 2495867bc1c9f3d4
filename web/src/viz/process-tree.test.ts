import { describe, expect, it } from "vitest";
import { boxHeight, layOutProcesses, type ProcessRecord } from "./process-tree";

const process = (id: string, parent?: string): ProcessRecord => ({
  id, parent, name: id, pid: "1", command: "", user: "", time: id, inferred: false,
});
const family = [process("a"), process("b", "a"), process("c", "b"), process("d", "b")];

describe("layOutProcesses", () => {
  it("puts children right of their parents, and no box over another", () => {
    const { nodes, links } = layOutProcesses(family, new Set());
    const at = new Map(nodes.map((node) => [node.process.id, node]));
    const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => at.get(id) ?? { x: NaN, y: NaN });
    expect(b?.x).toBeGreaterThan(a?.x ?? NaN);
    expect(c?.x).toBe(d?.x);
    expect(Math.abs((c?.y ?? NaN) - (d?.y ?? NaN))).toBeGreaterThanOrEqual(boxHeight);
    expect(links).toHaveLength(3);
  });
  it("hides what is below a collapsed process and says how much", () => {
    const { nodes } = layOutProcesses(family, new Set(["b"]));
    expect(nodes.map((node) => node.process.id)).toEqual(["a", "b"]);
    expect(nodes[1]).toMatchObject({ collapsed: true, children: 2 });
  });
  it("survives circles and several roots", () => {
    const { nodes } = layOutProcesses([process("a", "b"), process("b", "a"), process("z")], new Set());
    expect(nodes.map((node) => node.process.id).sort()).toEqual(["a", "b", "z"]);
  });
});
