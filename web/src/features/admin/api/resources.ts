import { useQuery, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, ApiProblem, unwrap } from "@/api-client";
import { useSession } from "@/lib/session";

export const useMay = (permission: string): boolean => useSession()?.permissions.includes(permission) ?? false;

/** Pages one after the other, as far as it makes sense in a table. */
export async function allPages<T>(
  read: (after: { after?: string }) => Promise<{ items: T[]; next: string | null }>,
  most = 20,
): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  for (let page = 0; page < most; page++) {
    const answer = await read(after === undefined ? {} : { after });
    items.push(...answer.items);
    if (answer.next === null) break;
    after = answer.next;
  }
  return items;
}

export const useList = <T>(key: QueryKey, read: () => Promise<T[]>, enabled = true) =>
  useQuery({ queryKey: ["admin", ...key], queryFn: read, enabled });

/** Reads the list again after a change. */
export function useReload(key: QueryKey): () => Promise<void> {
  const queries = useQueryClient();
  const whole = JSON.stringify(["admin", ...key]);
  return useCallback(() => queries.invalidateQueries({ queryKey: JSON.parse(whole) as string[] }), [queries, whole]);
}

/** A node that is older than the console does not know all of its paths. */
export const isMissing = (error: unknown): boolean =>
  error instanceof ApiProblem && (error.status === 501 || (error.status === 404 && error.kind === "no-route"));

export const useRoles = (enabled = true) =>
  useList(["roles"], async () => (await unwrap(api.GET("/roles"))).items, enabled);

export const useUsers = (enabled = true) =>
  useList(["users"], () => allPages((after) => unwrap(api.GET("/users", { params: { query: { ...after, limit: 500 } } }))), enabled);

export const usePermissions = () =>
  useList(["permissions"], async () => (await unwrap(api.GET("/permissions"))).items);
