import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api-client";
import { useCan } from "@/lib/session";
import type { TimeRange } from "@/lib/time";
import { textOfValue } from "@/lib/values";
import { peerFields, queryOf, type Kind } from "../lib/kinds";
import type { EntitySearch } from "../lib/search";

const pageSize = 200;
const buckets = 60;

export function useEntities({ kind, text, sort = "-risk" }: EntitySearch) {
  const query = { ...(kind ? { kind } : {}), ...(text ? { text } : {}), sort, limit: pageSize };
  return useInfiniteQuery({
    queryKey: ["entities", "list", query],
    queryFn: ({ pageParam }) => unwrap(api.GET("/entities", { params: { query: { ...query, ...(pageParam ? { after: pageParam } : {}) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** What the node knows of the entity's risk; null if no alert names it. */
export const useEntityRisk = (kind: Kind, value: string) => {
  const allowed = useCan("incidents.read");
  return useQuery({
    queryKey: ["entities", "one", kind, value],
    queryFn: async (): Promise<Schema<"EntityRisk"> | null> => {
      const page = await unwrap(api.GET("/entities", { params: { query: { kind, value, limit: 1 } } }));
      const id = page.items[0]?.id;
      return id === undefined ? null : unwrap(api.GET("/entities/{id}", { params: { path: { id } } }));
    },
    enabled: allowed,
    retry: false,
  });
};

export const useActivity = (kind: Kind, value: string, range: TimeRange) =>
  useQuery({
    queryKey: ["entities", "activity", kind, value, range],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST("/histogram", {
          body: { query: queryOf(kind, value), from: range.from, to: range.to, buckets, by: "event.dataset", series: 6 },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** When its first and last events of all were, and how many there are. */
export const useSeen = (kind: Kind, value: string) =>
  useQuery({
    queryKey: ["entities", "seen", kind, value],
    queryFn: async ({ signal }) => {
      const query = `${queryOf(kind, value)} | stats first = min(@timestamp), last = max(@timestamp), events = count()`;
      const row = (await unwrap(api.POST("/search", { body: { query, from: "", to: "now" }, signal }))).rows[0] ?? {};
      return { first: textOfValue(row.first) || null, last: textOfValue(row.last) || null, events: Number(row.events ?? 0) };
    },
    staleTime: 60_000,
  });

export const usePeers = (kind: Kind, value: string, range: TimeRange) =>
  useQuery({
    queryKey: ["entities", "peers", kind, value, range],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST("/facets", {
          body: { query: queryOf(kind, value), from: range.from, to: range.to, fields: [...peerFields[kind]], size: 8 },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Alerts that name the entity. Only hosts and users can be asked for; others are looked for among the latest 1,000. */
export const useAlertsOf = (kind: Kind, value: string) =>
  useQuery({
    queryKey: ["entities", "alerts", kind, value],
    queryFn: async () => {
      const asked = kind === "host" ? { host: value } : kind === "user" ? { user: value } : {};
      const page = await unwrap(api.GET("/alerts", { params: { query: { ...asked, limit: 1000, sort: "-time" } } }));
      return page.items.filter(
        (alert) => kind === "host" || kind === "user" || alert.entities.some((one) => one.kind === kind && one.value === value),
      );
    },
  });
