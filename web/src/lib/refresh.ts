import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { createStore } from "./store";
import { useTimeRange } from "./time";

const handlers = createStore<(() => void)[]>([]);

/** Fetches again what the page shows: queries in use, and what `useOnRefresh` registered. */
export function useRefresh(): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    void queries.invalidateQueries({ refetchType: "active" });
    for (const handler of handlers.get()) handler();
  }, [queries]);
}

/** For data that are no queries: runs at each refresh while the component is there. */
export function useOnRefresh(handler: () => void): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    const run = () => latest.current();
    handlers.set((list) => [...list, run]);
    return () => handlers.set((list) => list.filter((one) => one !== run));
  }, []);
}

/** Call once, in the shell: refreshes as often as the address says, while the page is in sight. */
export function useAutomaticRefresh(): void {
  const { refreshEvery } = useTimeRange();
  const refresh = useRefresh();
  useEffect(() => {
    if (refreshEvery === undefined) return;
    const timer = setInterval(() => {
      if (!document.hidden) refresh();
    }, Math.max(1_000, refreshEvery));
    return () => clearInterval(timer);
  }, [refreshEvery, refresh]);
}
