import { keep, kept } from "@/lib/preferences";
import type { TimeRange } from "@/lib/time";

export interface PastSearch extends TimeRange {
  query: string;
  at: string;
}

const key = "vedette.search.history";
const most = 50;

export const readHistory = (): PastSearch[] => kept<PastSearch[]>(key, []);

/** Keeps a search that was run, the newest first, each query once. */
export function remember(search: PastSearch): void {
  if (search.query.trim() === "") return;
  keep(key, [search, ...readHistory().filter((past) => past.query !== search.query)].slice(0, most));
}

export const clearHistory = (): void => keep(key, []);
