import type { Row } from "@/api-client";
import { textOfValue } from "@/lib/values";

/** What a row of events shows when no columns are chosen, the most telling first. */
export const summaryFields = [
  "event.dataset",
  "event.action",
  "event.outcome",
  "host.name",
  "user.name",
  "process.name",
  "process.command_line",
  "source.ip",
  "destination.ip",
  "destination.port",
  "http.request.method",
  "url.path",
  "url.original",
  "dns.question.name",
  "file.path",
  "rule.name",
  "message",
  "error.message",
] as const;

const longest = 240;

/** Names and values of a row, for one line. */
export function summaryOf(row: Row): [field: string, text: string][] {
  const out: [string, string][] = [];
  let size = 0;
  for (const field of summaryFields) {
    const text = textOfValue(row[field]);
    if (text === "" || (field === "url.original" && row["url.path"] !== undefined)) continue;
    out.push([field, text.slice(0, longest)]);
    size += text.length;
    if (size > 2 * longest) break;
  }
  return out;
}

export const idOf = (row: Row): string => textOfValue(row._id);
