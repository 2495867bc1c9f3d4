import { textOfValue } from "@/lib/values";
import type { ProcessRecord } from "@/viz/process-tree";
import type { Row } from "../api/types";

/** Processes are known by their entity id, else by host and pid. */
export function processIdOf(row: Row, prefix: "process" | "process.parent"): string | undefined {
  const entity = textOfValue(row[`${prefix}.entity_id`]);
  if (entity) return entity;
  const pid = textOfValue(row[`${prefix}.pid`]);
  return pid ? `${textOfValue(row["host.name"])}#${pid}` : undefined;
}

const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

function recordOf(row: Row, prefix: "process" | "process.parent", parent: string | undefined): ProcessRecord | undefined {
  const id = processIdOf(row, prefix);
  if (id === undefined) return undefined;
  const executable = textOfValue(row[`${prefix}.executable`]);
  const time = textOfValue(row["@timestamp"]);
  return {
    id,
    parent,
    name: textOfValue(row[`${prefix}.name`]) || baseName(executable) || "?",
    pid: textOfValue(row[`${prefix}.pid`]),
    command: textOfValue(row[`${prefix}.command_line`]) || executable,
    user: textOfValue(row[prefix === "process" ? "user.name" : "process.parent.user.name"]),
    time: prefix === "process" && time ? time : undefined,
    inferred: prefix === "process.parent",
  };
}

/** Processes that events tell of: those that started, and their parents where these are known from them only. */
export function recordsOf(rows: readonly Row[]): Map<string, ProcessRecord> {
  const found = new Map<string, ProcessRecord>();
  for (const row of rows) {
    const parent = recordOf(row, "process.parent", undefined);
    const own = recordOf(row, "process", parent?.id);
    if (parent && !found.has(parent.id)) found.set(parent.id, parent);
    if (!own) continue;
    const known = found.get(own.id);
    if (!known || known.inferred || (known.parent === undefined && own.parent !== undefined)) found.set(own.id, own);
  }
  return found;
}
