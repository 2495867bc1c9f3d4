import { levels } from "@/components/severity";
import { groupings, sorts, statuses, verdicts, type QueueSearch } from "../api/types";

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const oneOf = <T extends string>(known: readonly T[], value: unknown): T | undefined =>
  known.find((candidate) => candidate === value);

/** Reads the parameters of the queue; what is malformed is left out. */
export function readQueueSearch(search: Record<string, unknown>): QueueSearch {
  const wanted = Array.isArray(search.status) ? search.status : [search.status];
  const status = statuses.filter((one) => wanted.includes(one));
  const out: QueueSearch = {};
  if (status.length > 0) out.status = status;
  const level = oneOf(levels, search.level);
  if (level) out.level = level;
  const verdict = oneOf(verdicts, search.verdict);
  if (verdict) out.verdict = verdict;
  const group = oneOf(groupings, search.group);
  if (group) out.group = group;
  const sort = oneOf(sorts, search.sort);
  if (sort) out.sort = sort;
  for (const name of ["rule", "host", "user", "assignee", "alert", "tab"] as const) {
    const value = text(search[name]);
    if (value) out[name] = value;
  }
  return out;
}
