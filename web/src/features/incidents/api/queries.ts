import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api-client";
import { useCan, useSession } from "@/lib/session";
import type { IncidentSort, ListSearch } from "./types";

export const listKey = ["incidents", "list"] as const;
export const incidentKey = (id: string) => ["incidents", "one", id] as const;

const pageSize = 200;
/** The engine does what it was told a moment later: look again while something is pending. */
const pendingPause = 1_500;

const filterOf = ({ status, severity, owner, breached, text, entity, technique }: ListSearch) => ({
  ...(status ? { status } : {}),
  ...(severity ? { severity } : {}),
  ...(owner ? { owner } : {}),
  ...(breached ? { breached } : {}),
  ...(text ? { text } : {}),
  ...(entity ? { entity } : {}),
  ...(technique ? { technique } : {}),
});

export function useIncidents(search: ListSearch) {
  const sort: IncidentSort = search.sort ?? "-risk";
  const query = { ...filterOf(search), sort, limit: pageSize };
  return useInfiniteQuery({
    queryKey: [...listKey, query],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET("/incidents", { params: { query: { ...query, ...(pageParam ? { after: pageParam } : {}) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export const useIncidentSummary = (search: ListSearch) => {
  const query = filterOf(search);
  return useQuery({
    queryKey: ["incidents", "summary", query],
    queryFn: () => unwrap(api.GET("/incidents/summary", { params: { query } })),
    placeholderData: keepPreviousData,
  });
};

export const useIncident = (id: string) =>
  useQuery({
    queryKey: incidentKey(id),
    queryFn: () => unwrap(api.GET("/incidents/{id}", { params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.pending ? pendingPause : false),
  });

export const useMembers = (id: string) =>
  useQuery({
    queryKey: ["incidents", "members", id],
    queryFn: () => unwrap(api.GET("/incidents/{id}/members", { params: { path: { id }, query: { limit: 1000 } } })),
  });

export const useMemberAlerts = (id: string) =>
  useQuery({
    queryKey: ["incidents", "alerts", id],
    queryFn: () => unwrap(api.GET("/incidents/{id}/alerts", { params: { path: { id }, query: { limit: 1000 } } })),
  });

export const useGraph = (id: string, nodes: number) =>
  useQuery({
    queryKey: ["incidents", "graph", id, nodes],
    queryFn: () => unwrap(api.GET("/incidents/{id}/graph", { params: { path: { id }, query: { nodes } } })),
    placeholderData: keepPreviousData,
  });

export const timelineKey = (id: string) => ["incidents", "timeline", id] as const;

export const useTimeline = (id: string) =>
  useQuery({
    queryKey: timelineKey(id),
    queryFn: () => unwrap(api.GET("/incidents/{id}/timeline", { params: { path: { id }, query: { limit: 1000 } } })),
  });

export const useHistory = (id: string) =>
  useQuery({
    queryKey: ["incidents", "history", id],
    queryFn: () => unwrap(api.GET("/incidents/{id}/history", { params: { path: { id }, query: { limit: 200 } } })),
    // The engine answers a merge, a split or an undo a moment after it was asked.
    refetchInterval: 3_000,
  });

export const useRelated = (id: string) =>
  useQuery({
    queryKey: ["incidents", "related", id],
    queryFn: () => unwrap(api.GET("/incidents/{id}/related", { params: { path: { id } } })),
  });

export const useTaskTemplates = () =>
  useQuery({
    queryKey: ["incidents", "templates"],
    queryFn: () => unwrap(api.GET("/task-templates", { params: { query: { limit: 200 } } })),
    staleTime: 300_000,
  });

/** Incidents that a search finds, for choosing one. */
export const useFoundIncidents = (text: string, enabled: boolean) =>
  useQuery({
    queryKey: ["incidents", "found", text],
    queryFn: () => unwrap(api.GET("/incidents", { params: { query: { ...(text ? { text } : {}), sort: "-updated", limit: 25 } } })),
    enabled,
    placeholderData: keepPreviousData,
  });

/** Names of users, where one may see them; one's own first. */
export function useUserNames(): string[] {
  const session = useSession();
  const allowed = useCan("users.read");
  const list = useQuery({
    queryKey: ["incidents", "users"],
    queryFn: () => unwrap(api.GET("/users", {})).then((page) => page.items.map((user) => user.name)),
    enabled: allowed,
    staleTime: 300_000,
  });
  const own = session?.user?.name;
  return [...new Set([...(own ? [own] : []), ...(list.data ?? [])])];
}
