import { describe, expect, it } from "vitest";
import type { AlertItem } from "../api/types";
import { rowsOf } from "./grouping";
import { nextRow } from "./use-triage";

const alerts = ["a", "b", "c", "d"].map(
  (id): AlertItem => ({
    id, version: 1, rule: { id: "r", title: "R" }, level: "low", risk_score: 1, status: "new", verdict: null, assignee: null,
    time: null, host: null, user: null, group_id: null, entities: [], comment_count: 0,
  }),
);
const rows = rowsOf(alerts, "none", new Set());

describe("nextRow", () => {
  it("goes on below, past what leaves too", () => expect(nextRow(rows, "b", new Set(["b", "c"]))).toBe("d"));
  it("goes up at the end", () => expect(nextRow(rows, "d", new Set(["d", "c"]))).toBe("b"));
  it("is nothing when nothing stays", () => expect(nextRow(rows, "a", new Set(["a", "b", "c", "d"]))).toBeUndefined());
});
