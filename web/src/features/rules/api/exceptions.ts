import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, idempotent, ifMatch, unwrap, type Schema } from "@/api-client";

export type Exception = Schema<"Exception">;
const queryKey = ["rules", "exceptions"];

export const useExceptions = (rule?: string) =>
  useQuery({
    queryKey: [...queryKey, rule],
    queryFn: () =>
      unwrap(api.GET("/exceptions", { params: { query: { limit: 1000, ...(rule === undefined ? {} : { rule }) } } })),
  });

export function useSaveException() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ exception, body }: { exception: Exception | undefined; body: Schema<"ExceptionText"> }) =>
      exception
        ? unwrap(
            api.PUT("/exceptions/{id}", {
              params: { path: { id: exception.id }, header: ifMatch(exception.version) },
              body: { ...body, owner: exception.owner },
            }),
          )
        : unwrap(api.POST("/exceptions", { params: { header: idempotent() }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey }),
  });
}

export function useDeleteException() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (exception: Exception) =>
      unwrap(api.DELETE("/exceptions/{id}", { params: { path: { id: exception.id }, header: ifMatch(exception.version) } })),
    onSuccess: () => queries.invalidateQueries({ queryKey }),
  });
}
