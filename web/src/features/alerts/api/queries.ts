import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api-client";
import { useCan, useSession } from "@/lib/session";
import type { TimeRange } from "@/lib/time";
import type { AlertItem, QueueSearch } from "./types";

const pageSize = 200;

export const listKey = ["alerts", "list"] as const;

type Filter = Pick<QueueSearch, "status" | "level" | "verdict" | "rule" | "host" | "user" | "assignee">;

const filterOf = ({ status, level, verdict, rule, host, user, assignee }: Filter): Filter => ({
  ...(status ? { status } : {}),
  ...(level ? { level } : {}),
  ...(verdict ? { verdict } : {}),
  ...(rule ? { rule } : {}),
  ...(host ? { host } : {}),
  ...(user ? { user } : {}),
  ...(assignee ? { assignee } : {}),
});

export const rangeOf = ({ from, to }: TimeRange): { from?: string; to?: string } => ({
  ...(from ? { from } : {}),
  ...(to && to !== "now" ? { to } : {}),
});

/** The queue, page by page. */
export function useAlertQueue(search: QueueSearch, range: TimeRange) {
  const query = { ...filterOf(search), ...rangeOf(range), sort: search.sort ?? "-time", limit: pageSize } as const;
  return useInfiniteQuery({
    queryKey: [...listKey, query],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET("/alerts", { params: { query: { ...query, ...(pageParam ? { after: pageParam } : {}) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function useAlertSummary(search: QueueSearch, range: TimeRange) {
  const query = { ...filterOf(search), ...rangeOf(range) };
  return useQuery({
    queryKey: ["alerts", "summary", query],
    queryFn: () => unwrap(api.GET("/alerts/summary", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

export const alertKey = (id: string) => ["alerts", "one", id] as const;

export const useAlert = (id: string | undefined) =>
  useQuery({
    queryKey: alertKey(id ?? ""),
    queryFn: () => unwrap(api.GET("/alerts/{id}", { params: { path: { id: id ?? "" } } })),
    enabled: id !== undefined,
    placeholderData: keepPreviousData,
  });

export const useAlertEvents = (id: string) =>
  useQuery({
    queryKey: ["alerts", "events", id],
    queryFn: () => unwrap(api.GET("/alerts/{id}/events", { params: { path: { id } } })),
  });

export const useSurrounding = (event: string | undefined) =>
  useQuery({
    queryKey: ["alerts", "surrounding", event],
    queryFn: () =>
      unwrap(api.GET("/events/{id}/surrounding", { params: { path: { id: event ?? "" }, query: { before: 8, after: 8 } } })),
    enabled: event !== undefined,
    retry: false,
  });

export const useIncidentOfAlert = (id: string) => {
  const allowed = useCan("incidents.read");
  return useQuery({
    queryKey: ["alerts", "incident", id],
    queryFn: () => unwrap(api.GET("/alerts/{id}/incident", { params: { path: { id } } })),
    enabled: allowed,
    retry: false,
  });
};

/** Other alerts of the rule, of the host and of the user, the nearest relatives first. */
export function useSimilarAlerts(alert: AlertItem) {
  return useQuery({
    queryKey: ["alerts", "similar", alert.id],
    queryFn: async () => {
      const list = (query: { rule?: string; host?: string; user?: string }) =>
        unwrap(api.GET("/alerts", { params: { query: { ...query, limit: 100 } } })).then((page) => page.items);
      const found = await Promise.all([
        list({ rule: alert.rule.id }),
        alert.host ? list({ host: alert.host }) : [],
        alert.user ? list({ user: alert.user }) : [],
      ]);
      const all = new Map(found.flat().map((one) => [one.id, one]));
      all.delete(alert.id);
      return [...all.values()];
    },
  });
}

/** Names of users by their ids, where one may see users; always one's own. */
export function useUserNames(): ReadonlyMap<string, string> {
  const session = useSession();
  const allowed = useCan("users.read");
  const list = useQuery({
    queryKey: ["alerts", "users"],
    queryFn: () => unwrap(api.GET("/users", {})).then((page) => page.items),
    enabled: allowed,
    staleTime: 300_000,
  });
  const names = new Map((list.data ?? []).map((user) => [user.id, user.name]));
  if (session?.user) names.set(session.user.id, session.user.name);
  return names;
}
