import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { streamAlerts, type StreamState } from "@/api-client";
import { severityRank } from "@/components";
import type { AlertItem, QueueSearch } from "./types";

export const passes = (alert: AlertItem, search: QueueSearch): boolean =>
  (!search.status || search.status.includes(alert.status)) &&
  (!search.level || severityRank(alert.level) >= severityRank(search.level)) &&
  (!search.verdict || alert.verdict === search.verdict) &&
  (!search.rule || alert.rule.id === search.rule) &&
  (!search.host || alert.host === search.host) &&
  (!search.user || alert.user === search.user) &&
  (!search.assignee || alert.assignee === search.assignee);

const firstPause = 5_000;

/** Counts alerts that come in while one looks at the queue, without moving it; `show` fetches them. */
export function useNewAlerts(search: QueueSearch) {
  const queries = useQueryClient();
  const [arrived, setArrived] = useState<AlertItem[]>([]);
  const [state, setState] = useState<StreamState>("connecting");
  useEffect(() => {
    const stop = new AbortController();
    const start = () =>
      streamAlerts({
        signal: stop.signal,
        onState: setState,
        onAlert: (alert) => setArrived((old) => (old.some(({ id }) => id === alert.id) ? old : [...old, alert].slice(-10_000))),
      }).catch(() => {
        setState("lost");
        setTimeout(() => {
          if (!stop.signal.aborted) void start();
        }, firstPause);
      });
    void start();
    return () => stop.abort();
  }, []);
  const fresh = arrived.filter((alert) => passes(alert, search));
  const show = useCallback(() => {
    setArrived([]);
    void queries.invalidateQueries({ queryKey: ["alerts"] });
  }, [queries]);
  return { count: fresh.length, critical: fresh.filter(({ level }) => level === "critical").length, state, show };
}
