import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api-client";
import type { TimeRange } from "@/lib/time";

const bounds = ({ from, to }: TimeRange) => ({ ...(from === "" ? {} : { from }), to });

export const useLanguage = () =>
  useQuery({ queryKey: ["search", "language"], queryFn: () => unwrap(api.GET("/search/language")), staleTime: Infinity });

export const useFields = (range: TimeRange) =>
  useQuery({
    queryKey: ["search", "fields", range],
    queryFn: () => unwrap(api.POST("/fields", { body: bounds(range) })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const useHistogram = (filter: string, range: TimeRange, by: string | undefined, enabled: boolean) =>
  useQuery({
    queryKey: ["search", "histogram", filter, range, by],
    queryFn: ({ signal }) =>
      unwrap(api.POST("/histogram", { body: { query: filter, ...bounds(range), buckets: 90, ...(by ? { by, series: 6 } : {}) }, signal })),
    placeholderData: keepPreviousData,
    enabled,
  });

export const useFacet = (field: string, filter: string, range: TimeRange) =>
  useQuery({
    queryKey: ["search", "facet", field, filter, range],
    queryFn: async ({ signal }) => {
      const answer = await unwrap(api.POST("/facets", { body: { query: filter, ...bounds(range), fields: [field], size: 8 }, signal }));
      return { facet: answer.facets[0], total: answer.total };
    },
  });

export const useEvent = (id: string | undefined) =>
  useQuery({
    queryKey: ["search", "event", id],
    queryFn: () => unwrap(api.GET("/events/{id}", { params: { path: { id: id ?? "" } } })),
    enabled: id !== undefined,
    staleTime: Infinity,
  });

export const useSurrounding = (id: string, by: string, each: number) =>
  useQuery({
    queryKey: ["search", "surrounding", id, by, each],
    queryFn: () =>
      unwrap(api.GET("/events/{id}/surrounding", { params: { path: { id }, query: { before: each, after: each, by } } })),
    placeholderData: keepPreviousData,
  });

export const completeValues = async (field: string, prefix: string, range: TimeRange): Promise<Schema<"ValueList">["values"]> =>
  (await unwrap(api.POST("/values", { body: { field, prefix, ...bounds(range), size: 20 } }))).values;

export const validateQuery = (query: string): Promise<Schema<"QueryVerdict">> =>
  unwrap(api.POST("/search/validate", { body: { query } }));
