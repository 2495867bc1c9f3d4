import { severityRank, type Level } from "@/components/severity";
import type { AlertItem, Grouping } from "../api/types";

export interface GroupRow {
  kind: "group";
  id: string;
  label: string;
  detail: string;
  level: Level;
  risk: number;
  alerts: AlertItem[];
  first: string | null;
  last: string | null;
  open: boolean;
}
export interface AlertRow {
  kind: "alert";
  id: string;
  alert: AlertItem;
  nested: boolean;
}
export type QueueRow = GroupRow | AlertRow;

/** The keys under which an alert stands: one for its rule, maybe several for entities and techniques. */
export function keysOf(alert: AlertItem, grouping: Grouping): { key: string; label: string; detail: string }[] {
  if (grouping === "rule") return [{ key: alert.rule.id, label: alert.rule.title, detail: "" }];
  if (grouping === "technique") {
    return (alert.techniques ?? []).map((name) => ({ key: name, label: name, detail: (alert.tactics ?? []).join(", ") }));
  }
  return alert.entities.map(({ kind, value }) => ({ key: `${kind}:${value}`, label: value, detail: kind }));
}

const noKey = { key: "", label: "", detail: "" };

/** Rows of the queue: alerts as they are, or groups (the riskiest first) with the alerts of open ones below them. */
export function rowsOf(alerts: readonly AlertItem[], grouping: Grouping, open: ReadonlySet<string>): QueueRow[] {
  if (grouping === "none") return alerts.map((alert) => ({ kind: "alert", id: alert.id, alert, nested: false }));
  const groups = new Map<string, GroupRow>();
  for (const alert of alerts) {
    const keys = keysOf(alert, grouping);
    for (const { key, label, detail } of keys.length > 0 ? keys : [noKey]) {
      const id = `group:${key}`;
      let group = groups.get(id);
      if (!group) {
        group = { kind: "group", id, label, detail, level: alert.level, risk: 0, alerts: [], first: null, last: null, open: open.has(id) };
        groups.set(id, group);
      }
      group.alerts.push(alert);
      if (severityRank(alert.level) > severityRank(group.level)) group.level = alert.level;
      group.risk = Math.max(group.risk, alert.risk_score);
      if (alert.time && (!group.first || alert.time < group.first)) group.first = alert.time;
      if (alert.time && (!group.last || alert.time > group.last)) group.last = alert.time;
    }
  }
  const ordered = [...groups.values()].sort(
    (a, b) =>
      Number(a.label === "") - Number(b.label === "") ||
      severityRank(b.level) - severityRank(a.level) ||
      b.alerts.length - a.alerts.length,
  );
  return ordered.flatMap((group) => [
    group,
    ...(group.open
      ? group.alerts.map((alert): AlertRow => ({ kind: "alert", id: `${group.id}/${alert.id}`, alert, nested: true }))
      : []),
  ]);
}

/** The alerts that chosen rows mean. */
export function alertsOf(rows: readonly QueueRow[], ids: ReadonlySet<string>): AlertItem[] {
  const found = new Map<string, AlertItem>();
  for (const row of rows) {
    if (!ids.has(row.id)) continue;
    for (const alert of row.kind === "group" ? row.alerts : [row.alert]) found.set(alert.id, alert);
  }
  return [...found.values()];
}
