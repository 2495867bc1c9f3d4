import { useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { api, ApiProblem, idempotent, ifMatch, unwrap, type Schema } from "@/api-client";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";
import { incidentKey, listKey } from "./queries";
import type { Incident, IncidentChange, IncidentItem } from "./types";

interface Wanted {
  ids: readonly string[];
  change: IncidentChange;
  done: (changed: number) => string;
}

type Pages = InfiniteData<Schema<"IncidentPage">>;

// What an item looks like after a change, as far as it can be said before the node has answered.
const changed = <I extends IncidentItem>(item: I, { status, owner, severity, tags, tlp }: IncidentChange): I => ({
  ...item,
  ...(status === undefined ? {} : { status }),
  ...(owner === undefined ? {} : { owner }),
  ...(severity === undefined || severity === null ? {} : { severity }),
  ...(tags === undefined ? {} : { tags }),
  ...(tlp === undefined ? {} : { tlp }),
});

/** Changes one or many incidents at once, shows it before the node has answered, and offers to take it back. */
export function useChangeIncidents() {
  const queries = useQueryClient();
  const refetch = () => queries.invalidateQueries({ queryKey: ["incidents"] });
  const undo = async (token: string) => {
    try {
      const { restored } = await unwrap(api.POST("/incidents/undo", { body: { undo_token: token } }));
      if (restored > 0) toast.info(t("incidents.undone", { count: restored }));
      else toast.error(t("incidents.undo.failed"), t("incidents.undo.late"));
    } catch (error) {
      toast.error(t("incidents.undo.failed"), explain(error));
    }
    await refetch();
  };
  return useMutation({
    mutationFn: ({ ids, change }: Wanted) =>
      unwrap(api.POST("/incidents/bulk", { params: { header: idempotent() }, body: { ids: ids.slice(0, 500), change } })),
    onMutate: async ({ ids, change }) => {
      await queries.cancelQueries({ queryKey: listKey });
      const before = [
        ...queries.getQueriesData({ queryKey: listKey }),
        ...ids.map((id) => [incidentKey(id), queries.getQueryData(incidentKey(id))] as const),
      ];
      queries.setQueriesData<Pages>({ queryKey: listKey }, (data) =>
        data && {
          ...data,
          pages: data.pages.map((page) => ({ ...page, items: page.items.map((item) => (ids.includes(item.id) ? changed(item, change) : item)) })),
        },
      );
      for (const id of ids) queries.setQueryData<Incident>(incidentKey(id), (data) => data && changed(data, change));
      return () => before.forEach(([key, data]) => queries.setQueryData(key, data));
    },
    onSuccess: ({ changed: count, undo_token: token }, { done }) => {
      if (count === 0) toast.info(t("incidents.nochange"));
      else toast.success(done(count), token === null ? undefined : () => undo(token));
    },
    onError: (error, _wanted, restore) => {
      restore?.();
      toast.error(t("incidents.change.failed"), explain(error));
    },
    onSettled: refetch,
  });
}

/** Changes texts of one incident, if nobody else has changed it since. */
export function useEditIncident(incident: Incident) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: IncidentChange) =>
      unwrap(
        api.PATCH("/incidents/{id}", { params: { path: { id: incident.id }, header: ifMatch(incident.version) }, body: change }),
      ),
    onSuccess: (data) => queries.setQueryData(incidentKey(incident.id), data),
    onError: (error) => {
      const late = error instanceof ApiProblem && error.status === 412;
      toast.error(t("incidents.change.failed"), late ? t("incidents.change.late") : explain(error));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["incidents"] }),
  });
}

/** Something done to an incident; what is shown of it is fetched again afterwards. */
export function useIncidentAction<V>(run: (wanted: V) => Promise<unknown>, done?: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: () => {
      if (done !== undefined) toast.success(done);
    },
    onError: (error) => toast.error(t("incidents.change.failed"), explain(error)),
    onSettled: () => queries.invalidateQueries({ queryKey: ["incidents"] }),
  });
}
