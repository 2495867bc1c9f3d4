import { useState } from "react";
import { t } from "@/lib/messages";
import { useSession } from "@/lib/session";
import { useChangeAlerts } from "../api/changes";
import type { Alert, AlertItem } from "../api/types";
import type { VerdictChange } from "../components/verdict-dialog";
import { alertsOf, type QueueRow } from "./grouping";

interface Input {
  rows: readonly QueueRow[];
  activeId: string | undefined;
  selected: ReadonlySet<string>;
  /** The alert beside the queue. */
  opened: Alert | undefined;
  setActive: (id: string | undefined) => void;
  clearSelection: () => void;
}

/** The next row that stays when these alerts leave the queue. */
export function nextRow(rows: readonly QueueRow[], activeId: string | undefined, leaving: ReadonlySet<string>): string | undefined {
  const stays = (row: QueueRow) =>
    row.kind === "alert" ? !leaving.has(row.alert.id) : row.alerts.some((alert) => !leaving.has(alert.id));
  const at = rows.findIndex((row) => row.id === activeId);
  return rows.slice(at + 1).find(stays)?.id ?? rows.slice(0, Math.max(at, 0)).findLast(stays)?.id;
}

export type Dialog = { kind: "verdict" | "incident"; alerts: AlertItem[] } | { kind: "suppress"; alert: Alert };

/** What is done with alerts: with the chosen ones, or else with the one in focus. */
export function useTriage({ rows, activeId, selected, opened, setActive, clearSelection }: Input) {
  const change = useChangeAlerts();
  const session = useSession();
  const [dialog, setDialog] = useState<Dialog>();
  const [lastVerdict, setLastVerdict] = useState<VerdictChange>();

  const targets = (): AlertItem[] => {
    if (selected.size > 0) return alertsOf(rows, selected);
    const active = activeId === undefined ? [] : alertsOf(rows, new Set([activeId]));
    return active.length > 0 ? active : opened ? [opened] : [];
  };
  const judge = (alerts: readonly AlertItem[], verdict: VerdictChange) => {
    const leaving = new Set(alerts.map((alert) => alert.id));
    setLastVerdict(verdict);
    setDialog(undefined);
    setActive(nextRow(rows, activeId, leaving));
    clearSelection();
    change.mutate({ alerts, change: verdict, done: (count) => t(verdict.status === "closed" ? "alerts.done.closed" : "alerts.done.judged", { count }) });
  };
  const withTargets = (run: (alerts: AlertItem[]) => void) => () => {
    const alerts = targets();
    if (alerts.length > 0) run(alerts);
  };
  return {
    dialog,
    setDialog,
    judge,
    lastVerdict,
    openVerdict: withTargets((alerts) => setDialog({ kind: "verdict", alerts })),
    openIncident: withTargets((alerts) => setDialog({ kind: "incident", alerts })),
    repeatVerdict: withTargets((alerts) => {
      if (lastVerdict) judge(alerts, lastVerdict);
      else setDialog({ kind: "verdict", alerts });
    }),
    assign: withTargets((alerts) => {
      const me = session?.user?.id;
      if (me === undefined) return;
      const mine = alerts.every((alert) => alert.assignee === me);
      change.mutate({
        alerts,
        change: mine ? { assignee: null } : { assignee: me },
        done: (count) => t(mine ? "alerts.done.released" : "alerts.done.assigned", { count }),
      });
      clearSelection();
    }),
    reopen: withTargets((alerts) => {
      change.mutate({ alerts, change: { status: "new", verdict: null }, done: (count) => t("alerts.done.reopened", { count }) });
      clearSelection();
    }),
    start: withTargets((alerts) => {
      change.mutate({ alerts, change: { status: "in_progress" }, done: (count) => t("alerts.done.started", { count }) });
      clearSelection();
    }),
  };
}
