import { describe, expect, it } from "vitest";
import type { AlertItem } from "../api/types";
import { alertsOf, rowsOf } from "./grouping";

const alert = (id: string, over: Partial<AlertItem> = {}): AlertItem => ({
  id, version: 1, rule: { id: "r1", title: "One" }, level: "low", risk_score: 10, status: "new", verdict: null, assignee: null,
  time: `2026-11-03T08:00:0${id}Z`, host: null, user: null, group_id: null, entities: [], comment_count: 0, ...over,
});

const alerts = [
  alert("1"),
  alert("2", { level: "high", entities: [{ kind: "host", value: "dc01" }, { kind: "user", value: "ada" }] }),
  alert("3", { rule: { id: "r2", title: "Two" }, entities: [{ kind: "host", value: "dc01" }], techniques: ["T1059"] }),
];

describe("rowsOf", () => {
  it("puts the group with the highest level first, and open groups before their alerts", () => {
    const rows = rowsOf(alerts, "rule", new Set(["group:r1"]));
    expect(rows.map((row) => row.id)).toEqual(["group:r1", "group:r1/1", "group:r1/2", "group:r2"]);
    expect(rows[0]).toMatchObject({ level: "high", first: "2026-11-03T08:00:01Z", last: "2026-11-03T08:00:02Z" });
  });
  it("counts an alert under each of its entities, and those without last", () => {
    const rows = rowsOf(alerts, "entity", new Set());
    expect(rows.map((row) => (row.kind === "group" ? [row.label, row.alerts.length] : []))).toEqual([["dc01", 2], ["ada", 1], ["", 1]]);
  });
});

describe("alertsOf", () => {
  it("names an alert once, though its group and the alert itself are chosen", () => {
    const rows = rowsOf(alerts, "rule", new Set(["group:r1"]));
    expect(alertsOf(rows, new Set(["group:r1", "group:r1/1"])).map((one) => one.id)).toEqual(["1", "2"]);
  });
});
