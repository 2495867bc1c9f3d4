import { describe, expect, it } from "vitest";
import { attackMatrix, byTactic, tacticName } from "./attack";

describe("tactics", () => {
  it("are named and ordered as an attack goes", () => {
    expect(tacticName("command-and-control")).toBe("Command and Control");
    expect(["impact", "x-own", "initial-access"].sort(byTactic)).toEqual(["initial-access", "impact", "x-own"]);
  });
});

describe("attackMatrix", () => {
  const columns = attackMatrix({
    stages: [
      { tactic: "execution", first: "2026-11-03T08:00:00Z", techniques: ["T1059"] },
      { tactic: "defense-impairment", first: "2026-11-03T09:00:00Z", techniques: ["T1685"] },
    ],
    members: [
      { techniques: ["T1685"], level: 2, first: "2026-11-03T09:00:00Z", alerts: 1 },
      { techniques: ["T1059"], level: 4, first: "2026-11-03T08:00:00Z", alerts: 2 },
      { techniques: ["T1059"], level: 3, first: "2026-11-03T08:30:00Z", alerts: 5 },
    ],
    rank: (level) => level,
  });
  const of = (tactic: string) => columns.find((column) => column.tactic === tactic);
  it("counts alerts, keeps the highest level and the order of first alerts", () => {
    expect(of("execution")?.cells).toEqual([{ technique: "T1059", count: 7, level: 4, order: 1 }]);
    expect(of("defense-impairment")?.cells[0]?.order).toBe(2);
  });
  it("shows tactics that were not seen, but split ones only if named", () => {
    expect(of("impact")?.cells).toEqual([]);
    expect(of("stealth")).toBeUndefined();
  });
});
