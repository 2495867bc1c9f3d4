import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, idempotent, ifMatch, unwrap, type Schema } from "@/api-client";

export type Rule = Schema<"Rule">;
export type WholeRule = Schema<"WholeRule">;
export type RuleState = Rule["state"];
export type Diagnostic = Schema<"RuleDiagnostic">;

const day = 86_400_000;
const truthDays = 90;

/** All rules: there are thousands at most, and lists, filters and the matrix need them whole. */
export const allRules = queryOptions({
  queryKey: ["rules", "all"],
  queryFn: async () => {
    const rules: Rule[] = [];
    let after: string | undefined;
    do {
      const query = { limit: 1000, ...(after === undefined ? {} : { after }) };
      const page = await unwrap(api.GET("/rules", { params: { query } }));
      rules.push(...page.items);
      after = page.next ?? undefined;
    } while (after !== undefined);
    return rules;
  },
});

export const useRules = () => useQuery(allRules);

const ruleKey = (id: string) => ["rules", "one", id];

export const useRule = (id: string | undefined) =>
  useQuery({
    queryKey: ruleKey(id ?? ""),
    queryFn: () => unwrap(api.GET("/rules/{id}", { params: { path: { id: id ?? "" } } })),
    enabled: id !== undefined,
    staleTime: 0,
  });

/** How many judged alerts of a rule were true ones. */
export const useTruth = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: ["rules", "truth", id],
    queryFn: async () => {
      const from = new Date(Date.now() - truthDays * day).toISOString();
      const { verdicts } = await unwrap(api.GET("/alerts/summary", { params: { query: { rule: id, from } } }));
      const judged = Object.values(verdicts).reduce((sum, count) => sum + count, 0);
      return { judged, share: judged === 0 ? undefined : (verdicts.true_positive ?? 0) / judged };
    },
    staleTime: 5 * 60_000,
    enabled,
  });

export const lintRule = (yaml: string, signal?: AbortSignal) =>
  unwrap(api.POST("/rules/lint", { body: { yaml }, ...(signal ? { signal } : {}) }));

/** Puts a rule that came back from a change where it is read. */
function useKeepRule() {
  const queries = useQueryClient();
  return (rule: WholeRule) => {
    queries.setQueryData(ruleKey(rule.id), rule);
    void queries.invalidateQueries({ queryKey: ["rules", "all"] });
    void queries.invalidateQueries({ queryKey: ["rules", "versions", rule.id] });
  };
}

const messageOf = (message: string) => (message.trim() === "" ? {} : { message: message.trim() });

export function useSaveRule() {
  return useMutation({
    mutationFn: ({ rule, yaml, message }: { rule: WholeRule | undefined; yaml: string; message: string }) => {
      const body = { yaml, ...messageOf(message) };
      if (!rule) return unwrap(api.POST("/rules", { params: { header: idempotent() }, body }));
      return unwrap(api.PUT("/rules/{id}", { params: { path: { id: rule.id }, header: ifMatch(rule.version) }, body }));
    },
    onSuccess: useKeepRule(),
  });
}

export function useSwitchRule() {
  return useMutation({
    mutationFn: ({ rule, on, message = "" }: { rule: WholeRule; on: boolean; message?: string }) => {
      const request = { params: { path: { id: rule.id }, header: ifMatch(rule.version) }, body: messageOf(message) };
      return unwrap(on ? api.POST("/rules/{id}/activate", request) : api.POST("/rules/{id}/deactivate", request));
    },
    onSuccess: useKeepRule(),
  });
}

export function useSetLevel() {
  return useMutation({
    mutationFn: ({ rule, level }: { rule: WholeRule; level: Rule["level"] | null }) =>
      unwrap(api.PUT("/rules/{id}/level", { params: { path: { id: rule.id }, header: ifMatch(rule.version) }, body: { level } })),
    onSuccess: useKeepRule(),
  });
}

export function useDeleteRule() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (rule: WholeRule) =>
      unwrap(api.DELETE("/rules/{id}", { params: { path: { id: rule.id }, header: ifMatch(rule.version) } })),
    onSuccess: (_, rule) => {
      queries.removeQueries({ queryKey: ruleKey(rule.id) });
      return queries.invalidateQueries({ queryKey: ["rules", "all"] });
    },
  });
}

export const useVersions = (id: string) =>
  useQuery({
    queryKey: ["rules", "versions", id],
    queryFn: () => unwrap(api.GET("/rules/{id}/versions", { params: { path: { id }, query: { limit: 200 } } })),
  });

export const useDiff = (id: string, from: number | undefined, to: number | undefined) =>
  useQuery({
    queryKey: ["rules", "diff", id, from, to],
    queryFn: () => unwrap(api.GET("/rules/{id}/diff", { params: { path: { id }, query: { from: from ?? 1, to: to ?? 1 } } })),
    enabled: from !== undefined && to !== undefined && from !== to,
  });

export const getVersion = (id: string, n: number) => unwrap(api.GET("/rules/{id}/versions/{n}", { params: { path: { id, n } } }));
