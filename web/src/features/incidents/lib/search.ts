import { levels } from "@/components/severity";
import { sorts, statuses, tabs, type IncidentTab, type ListSearch } from "../api/types";

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Reads the parameters of the list; what is malformed is left out. */
export function readListSearch(search: Record<string, unknown>): ListSearch {
  const wanted = Array.isArray(search.status) ? search.status : [search.status];
  const status = statuses.filter((one) => wanted.includes(one));
  const severity = levels.find((level) => level === search.severity);
  const sort = sorts.find((one) => one === search.sort);
  const out: ListSearch = {};
  if (status.length > 0) out.status = status;
  if (severity) out.severity = severity;
  if (sort) out.sort = sort;
  if (search.breached === true) out.breached = true;
  for (const name of ["owner", "text", "entity", "technique"] as const) {
    const value = text(search[name]);
    if (value) out[name] = value;
  }
  return out;
}

export const readTab = (search: Record<string, unknown>): { tab?: IncidentTab } => {
  const tab = tabs.find((one) => one === search.tab);
  return tab ? { tab } : {};
};
