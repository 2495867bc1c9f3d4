import { describe, expect, it } from "vitest";
import type { Clock } from "../api/types";
import { stateOf } from "./clocks";

const clock = (over: Partial<Clock>): Clock => ({
  kind: "contain", started: "2026-11-03T08:00:00Z", stopped: null, target_seconds: 100, due: null, paused_since: null,
  paused_seconds: 0, elapsed_seconds: 50, breached: false, ...over,
});

describe("stateOf", () => {
  it("goes on from the node's count", () => {
    expect(stateOf(clock({}), 30_000, 0)).toMatchObject({ state: "soon", elapsed: 80_000 });
    expect(stateOf(clock({}), 60_000, 0).state).toBe("breached");
  });
  it("stands still while paused or stopped", () => {
    expect(stateOf(clock({ paused_since: "2026-11-03T08:00:10Z" }), 60_000, 0)).toMatchObject({ state: "running", elapsed: 50_000 });
    expect(stateOf(clock({ stopped: "2026-11-03T08:00:50Z" }), 60_000, 0).state).toBe("met");
  });
  it("has no target to miss without a policy", () => expect(stateOf(clock({ target_seconds: null }), 9_000_000, 0).state).toBe("open"));
});
