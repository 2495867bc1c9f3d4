import { queryOptions, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { api, idempotent, unwrap, type Schema } from "@/api-client";
import { useCan } from "@/lib/session";
import { resolveRange, useTimeRange, type TimeRange } from "@/lib/time";
import { noteCounters } from "./rates";

export type Source = Schema<"Source">;
export type DeadLetter = Schema<"DeadLetter">;

// Each look is an entry of the audit log, so there are few.
const lookEvery = 10_000;
const mostPages = 10;

export const keyOf = (source: Pick<Source, "listener" | "source">): string => `${source.listener}\u0000${source.source}`;

/** All sources, looked at every ten seconds: rates are differences of their counters. */
export const sourcesQuery = queryOptions({
  queryKey: ["sources", "all"],
  queryFn: async () => {
    const sources: Source[] = [];
    let after: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const query = { limit: 1000, ...(after === undefined ? {} : { after }) };
      const answer = await unwrap(api.GET("/sources", { params: { query } }));
      sources.push(...answer.items);
      if (answer.next === null) break;
      after = answer.next;
    }
    noteCounters(sources);
    return sources;
  },
  refetchInterval: lookEvery,
});

export const useSources = () => useQuery({ ...sourcesQuery, enabled: useCan("sources.read") });

export const useHealth = () =>
  useQuery({
    queryKey: ["sources", "health"],
    queryFn: () => unwrap(api.GET("/health")),
    refetchInterval: 15_000,
    enabled: useCan("system.read"),
  });

export const useStorage = () =>
  useQuery({
    queryKey: ["sources", "storage"],
    queryFn: () => unwrap(api.GET("/storage")),
    enabled: useCan("system.read"),
  });

export const useConfiguration = () =>
  useQuery({
    queryKey: ["sources", "configuration"],
    queryFn: () => unwrap(api.GET("/settings/configuration")),
    enabled: useCan("settings.read"),
    staleTime: 60_000,
  });

export const useFields = () => {
  const { range } = useTimeRange();
  return useQuery({
    queryKey: ["sources", "fields", range],
    queryFn: () => unwrap(api.POST("/fields", { body: range })),
    enabled: useCan("events.read"),
  });
};

const boundsOf = (range: TimeRange): { from?: string; to: string } => {
  const { from, to } = resolveRange(range);
  const end = new Date(to).toISOString();
  return from === undefined ? { to: end } : { from: new Date(from).toISOString(), to: end };
};

export function useDeadLetters(query: string) {
  const { range } = useTimeRange();
  return useInfiniteQuery({
    queryKey: ["sources", "dead-letters", query, range],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/dead-letters", {
          params: { query: { query, ...boundsOf(range), limit: 200, ...(pageParam === "" ? {} : { after: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    enabled: useCan("dead_letters.read"),
  });
}

const looks = 600;
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** Replays, and waits for the end of it; gives the number of events. */
export function useReplay() {
  const { range } = useTimeRange();
  return useMutation({
    mutationFn: async (query: string) => {
      const begun = await unwrap(
        api.POST("/dead-letters/replay", { params: { header: idempotent() }, body: { query, ...boundsOf(range) } }),
      );
      const path = { id: String(begun.id) };
      for (let look = 0; look < looks; look++) {
        const job = await unwrap(api.GET("/jobs/{id}", { params: { path } }));
        if (job.state === "succeeded") return Number((job.result as { replayed?: unknown } | undefined)?.replayed ?? 0);
        if (job.state === "failed" || job.state === "cancelled") throw new Error(job.message);
        await pause(Math.min(2_000, 100 + look * 100));
      }
      throw new Error("");
    },
  });
}
