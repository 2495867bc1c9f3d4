import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, idempotent, ifMatch, unwrap, type Schema } from "@/api-client";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";

export type SavedSearch = Schema<"SavedSearch">;
const queryKey = ["search", "saved"];

const list = (shared: boolean) =>
  unwrap(api.GET("/saved-searches", { params: { query: { shared, limit: 500 } } })).then((page) => page.items);

export const useSavedSearches = (enabled: boolean) =>
  useQuery({
    queryKey,
    enabled,
    queryFn: async () => {
      const [mine, shared] = await Promise.all([list(false), list(true)]);
      return { mine, shared: shared.filter((one) => !one.mine) };
    },
  });

const create = (body: Schema<"NewSavedSearch">) =>
  unwrap(api.POST("/saved-searches", { params: { header: idempotent() }, body }));

export function useSaveSearch(onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: create,
    onSuccess: (saved) => {
      toast.success(t("search.saved.done", { name: saved.name }));
      onDone();
      return queries.invalidateQueries({ queryKey });
    },
  });
}

export function useDeleteSearch() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (saved: SavedSearch) =>
      unwrap(api.DELETE("/saved-searches/{id}", { params: { path: { id: saved.id }, header: ifMatch(saved.version) } })),
    onSuccess: (_, saved) => {
      toast.success(t("search.saved.deleted", { name: saved.name }), async () => {
        const { name, description, query, from, to, columns, view, shared } = saved;
        await create(JSON.parse(JSON.stringify({ name, description, query, from, to, columns, view, shared })) as Schema<"NewSavedSearch">);
        await queries.invalidateQueries({ queryKey });
      });
      return queries.invalidateQueries({ queryKey });
    },
    onError: (error) => toast.error(explain(error)),
  });
}
