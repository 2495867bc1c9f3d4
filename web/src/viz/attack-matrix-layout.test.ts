import { describe, expect, it } from "vitest";
import { layOutAttack } from "./attack-matrix-layout";
import { tacticName, techniqueName } from "./attack-matrix-names";

describe("the matrix", () => {
  const columns = layOutAttack([
    { tactics: ["execution"], techniques: ["T1059.001", "T1059.003"], weight: 4, rank: 4 },
    { tactics: ["execution", "persistence"], techniques: ["T1053"], weight: 1, rank: 2 },
    { tactics: ["a-new-tactic"], techniques: [], weight: 2, rank: 1 },
    { tactics: ["defense-evasion"], techniques: [], weight: 1, rank: 1 },
    { tactics: ["initial_access"], techniques: ["t1190"], weight: 1, rank: 1 },
  ]);

  it("has tactics in the order of an attack, and unknown ones at its end", () => {
    expect(columns.map((column) => column.tactic)).toEqual(["initial-access", "execution", "persistence", "defense-evasion", "a-new-tactic"]);
  });

  it("counts a fact once for the technique of its parts", () => {
    const execution = columns[1];
    expect(execution?.cells.map((cell) => [cell.technique, cell.weight, cell.rank, cell.heat])).toEqual([
      ["T1059", 4, 4, 1],
      ["T1053", 1, 2, 0.5],
    ]);
    expect(execution?.cells[0]?.parts.map((part) => part.technique)).toEqual(["T1059.001", "T1059.003"]);
    expect(columns[0]?.cells[0]?.technique).toBe("T1190");
  });

  it("can have all tactics", () => {
    expect(layOutAttack([], true)).toHaveLength(15);
  });

  it("names what it knows", () => {
    expect(techniqueName("T1059.001")).toBe("Command and Scripting Interpreter");
    expect(techniqueName("T9999")).toBe("");
    expect(tacticName("command-and-control")).toBe("Command and control");
  });
});
