import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api-client";
import { textOfValue, valueText } from "@/lib/values";
import type { ProcessRecord } from "@/viz/process-tree";
import { processIdOf, recordsOf } from "../lib/processes";
import type { Alert, Row } from "./types";

const hour = 3_600_000;
const aroundAlert = 24 * hour;
const mostAncestors = 8;
const mostGenerations = 4;
const mostProcesses = 200;

export interface ProcessFamily {
  records: ProcessRecord[];
  self: string;
  /** There are more than are shown. */
  cut: boolean;
}

const columns = [
  "@timestamp", "_id", "host.name", "user.name", "process.entity_id", "process.pid", "process.name", "process.executable",
  "process.command_line", "process.parent.entity_id", "process.parent.pid", "process.parent.name", "process.parent.executable",
  "process.parent.command_line", "process.parent.user.name",
];

async function readFamily(document: Row, signal: AbortSignal): Promise<ProcessFamily | null> {
  const self = processIdOf(document, "process");
  if (self === undefined) return null;
  const at = Date.parse(textOfValue(document["@timestamp"]));
  const host = textOfValue(document["host.name"]);
  const start = `event.category: process and event.type: start${host ? ` and host.name: ${valueText(host)}` : ""}`;
  const find = async (query: string): Promise<Row[]> => {
    const body = {
      query: `${start} and ${query}`,
      from: new Date(at - aroundAlert).toISOString(),
      to: new Date(at + aroundAlert).toISOString(),
      limit: mostProcesses,
      columns,
    };
    return (await unwrap(api.POST("/search", { body, signal }))).rows;
  };
  const named = (ids: readonly string[], prefix: "process" | "process.parent") => {
    const pids = ids.filter((id) => id.startsWith(`${host}#`)).map((id) => Number(id.slice(host.length + 1)));
    const entities = ids.filter((id) => !id.startsWith(`${host}#`));
    const parts = [
      ...(entities.length > 0 ? [`${prefix}.entity_id: (${entities.map(valueText).join(" or ")})`] : []),
      ...(pids.length > 0 ? [`${prefix}.pid: (${pids.join(" or ")})`] : []),
    ];
    return parts.length > 1 ? `(${parts.join(" or ")})` : (parts[0] ?? "");
  };

  const rows: Row[] = [...(await find(named([self], "process"))), document];
  for (let step = 0, above = recordsOf(rows).get(self)?.parent; above !== undefined && step < mostAncestors; step += 1) {
    const found = await find(named([above], "process"));
    rows.push(...found);
    const next = recordsOf(rows).get(above)?.parent;
    above = next === above ? undefined : next;
  }
  // Siblings say what else the parent did; then all that came of the process itself.
  const parent = recordsOf(rows).get(self)?.parent;
  if (parent !== undefined) rows.push(...(await find(named([parent], "process.parent"))));
  let generation = [self];
  for (let step = 0; generation.length > 0 && step < mostGenerations && rows.length < mostProcesses; step += 1) {
    const known = recordsOf(rows);
    const found = await find(named(generation.slice(0, 100), "process.parent"));
    rows.push(...found);
    generation = found.map((row) => processIdOf(row, "process")).filter((id): id is string => id !== undefined && (!known.has(id) || step === 0));
  }
  const records = [...recordsOf(rows).values()];
  return { records: records.slice(0, mostProcesses), self, cut: records.length > mostProcesses };
}

/** The parents, brothers and descendants of the process that an alert is about; null if it is about none. */
export const useProcessFamily = (alert: Alert) =>
  useQuery({
    queryKey: ["alerts", "processes", alert.id],
    queryFn: ({ signal }) => readFamily(alert.document, signal),
    staleTime: 60_000,
  });
