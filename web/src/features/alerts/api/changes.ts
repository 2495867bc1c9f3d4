import { useMutation, useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { api, idempotent, unwrap } from "@/api-client";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";
import { alertKey, listKey } from "./queries";
import type { Alert, AlertChange, AlertItem, AlertPage } from "./types";

type Pages = InfiniteData<AlertPage>;

interface Wanted {
  alerts: readonly AlertItem[];
  change: AlertChange;
  /** What the toast says was done. */
  done: (changed: number) => string;
}

// A list that was filtered by status drops an alert that has left it.
function afterChange(pages: Pages, ids: ReadonlySet<string>, change: AlertChange, status: readonly string[] | undefined): Pages {
  const changed = (item: AlertItem): AlertItem =>
    ids.has(item.id)
      ? {
          ...item,
          ...(change.status === undefined ? {} : { status: change.status }),
          ...(change.verdict === undefined ? {} : { verdict: change.verdict }),
          ...(change.assignee === undefined ? {} : { assignee: change.assignee }),
        }
      : item;
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      items: page.items.map(changed).filter((item) => !status || !ids.has(item.id) || status.includes(item.status)),
    })),
  };
}

function showAtOnce(queries: QueryClient, { alerts, change }: Wanted): () => void {
  const ids = new Set(alerts.map((alert) => alert.id));
  const before = queries.getQueriesData<Pages>({ queryKey: listKey });
  for (const [key, data] of before) {
    const filter = key[2] as { status?: string[] } | undefined;
    if (data) queries.setQueryData(key, afterChange(data, ids, change, filter?.status));
  }
  return () => {
    for (const [key, data] of before) queries.setQueryData(key, data);
  };
}

const refetch = (queries: QueryClient) => queries.invalidateQueries({ queryKey: ["alerts"] });

/** Changes alerts, shows it before the node has answered, and offers to take it back. */
export function useChangeAlerts() {
  const queries = useQueryClient();
  const undo = async (token: string) => {
    try {
      const { restored } = await unwrap(api.POST("/alerts/undo", { body: { undo_token: token } }));
      if (restored > 0) toast.info(t("alerts.undone", { count: restored }));
      else toast.error(t("alerts.undo.failed"), t("alerts.undo.late"));
    } catch (error) {
      toast.error(t("alerts.undo.failed"), explain(error));
    }
    await refetch(queries);
  };
  return useMutation({
    mutationFn: ({ alerts, change }: Wanted) =>
      unwrap(
        api.POST("/alerts/bulk", {
          params: { header: idempotent() },
          body: { ids: alerts.slice(0, 1000).map((alert) => alert.id), change },
        }),
      ),
    onMutate: async (wanted) => {
      await queries.cancelQueries({ queryKey: listKey });
      return showAtOnce(queries, wanted);
    },
    onSuccess: ({ changed, undo_token: token }, { done }) => {
      toast.success(done(changed), token === null ? undefined : () => undo(token));
    },
    onError: (error, _wanted, restore) => {
      restore?.();
      toast.error(t("alerts.change.failed"), explain(error));
    },
    onSettled: () => refetch(queries),
  });
}

export function useComment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, text }: { id: string; text: string }) =>
      unwrap(api.POST("/alerts/{id}/comments", { params: { path: { id }, header: idempotent() }, body: { text } })),
    onSuccess: (alert: Alert) => {
      queries.setQueryData(alertKey(alert.id), alert);
      void queries.invalidateQueries({ queryKey: listKey });
      toast.success(t("alerts.comment.done"));
    },
    onError: (error) => toast.error(t("alerts.comment.failed"), explain(error)),
  });
}
