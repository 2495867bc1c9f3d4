import { useQuery } from "@tanstack/react-query";
import { api, ApiProblem, unwrap, type Schema } from "@/api-client";
import { useSession } from "@/lib/session";
import { resolveRange, type TimeRange } from "@/lib/time";
import { byLevel } from "./levels";
import { noteTotal } from "./ingest-rate";

const openStatuses = ["new", "triaged", "in_progress", "contained"] as const;
const levels = ["informational", "low", "medium", "high", "critical"] as const;
const mostGroupPages = 4;

export const useMay = (permission: string): boolean => useSession()?.permissions.includes(permission) ?? false;

/** Null where a node does not have this part, or the person may not see it. */
async function ifThere<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiProblem && [403, 404, 501].includes(error.status)) return null;
    throw error;
  }
}

export const useOpenIncidents = (limit: number) =>
  useQuery({
    queryKey: ["overview", "incidents", limit],
    queryFn: () =>
      ifThere(unwrap(api.GET("/incidents", { params: { query: { status: [...openStatuses], sort: "-risk", limit } } }))),
    enabled: useMay("incidents.read"),
  });

export const useIncidentSummary = () =>
  useQuery({
    queryKey: ["overview", "incidents", "summary"],
    queryFn: () => ifThere(unwrap(api.GET("/incidents/summary", { params: { query: { status: [...openStatuses] } } }))),
    enabled: useMay("incidents.read"),
  });

export const useEntities = (kind: "user" | "host", limit: number) =>
  useQuery({
    queryKey: ["overview", "entities", kind, limit],
    queryFn: () => ifThere(unwrap(api.GET("/entities", { params: { query: { kind, sort: "-risk", risk: 1, limit } } }))),
    enabled: useMay("incidents.read"),
  });

const spanOf = (range: TimeRange): { from?: string; to: string } => {
  const { from, to } = resolveRange(range);
  const end = new Date(to).toISOString();
  return from === undefined ? { to: end } : { from: new Date(from).toISOString(), to: end };
};

/** Alerts over time for each level. The API counts a level and those above it, all in the same buckets. */
export const useAlertVolume = (range: TimeRange) =>
  useQuery({
    queryKey: ["overview", "alerts", range],
    queryFn: async () => {
      const span = spanOf(range);
      const answers = await Promise.all(
        levels.map((level) => unwrap(api.GET("/alerts/summary", { params: { query: { ...span, level } } }))),
      );
      const [all] = answers;
      return { summary: all as Schema<"AlertSummary">, volume: byLevel(answers.map((answer) => answer.over_time)) };
    },
    enabled: useMay("alerts.read"),
  });

/** Groups of alerts with their techniques, enough for a map. */
export const useAlertGroups = (range: TimeRange) =>
  useQuery({
    queryKey: ["overview", "groups", range],
    queryFn: async () => {
      const span = spanOf(range);
      const groups: Schema<"AlertGroup">[] = [];
      let after: string | undefined;
      for (let page = 0; page < mostGroupPages; page++) {
        const query = { ...span, limit: 500, ...(after === undefined ? {} : { after }) };
        const answer = await unwrap(api.GET("/alert-groups", { params: { query } }));
        groups.push(...answer.items);
        if (answer.next === null) break;
        after = answer.next;
      }
      return groups;
    },
    enabled: useMay("alerts.read"),
  });

// Each look is an entry of the audit log, so there are few.
const measureEvery = 15_000;

/** All sources; asked often, so that the rate of what comes in can be told. */
export const useSources = () =>
  useQuery({
    queryKey: ["overview", "sources"],
    queryFn: async () => {
      const { items } = await unwrap(api.GET("/sources", { params: { query: { limit: 1000 } } }));
      noteTotal(items.reduce((sum, source) => sum + source.events, 0));
      return items;
    },
    refetchInterval: measureEvery,
    enabled: useMay("sources.read"),
  });

export const useHealth = () =>
  useQuery({
    queryKey: ["overview", "health"],
    queryFn: () => unwrap(api.GET("/health")),
    refetchInterval: 15_000,
    enabled: useMay("system.read"),
  });
