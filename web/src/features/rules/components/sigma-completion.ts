import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { api, unwrap } from "@/api-client";

const topKeys = [
  "title", "id", "related", "status", "description", "references", "author", "date", "modified", "tags", "logsource", "detection",
  "fields", "falsepositives", "level", "correlation", "name",
];
const innerKeys = ["category", "product", "service", "definition", "selection", "filter", "condition", "timeframe", "type", "rules", "group-by", "timespan"];
const modifiers = [
  "contains", "startswith", "endswith", "all", "re", "cidr", "base64", "base64offset", "windash", "wide", "utf16le", "exists", "cased", "lt", "lte", "gt",
  "gte", "fieldref", "expand", "neq",
];
const values: Record<string, readonly string[]> = {
  level: ["informational", "low", "medium", "high", "critical"],
  status: ["stable", "test", "experimental", "deprecated", "unsupported"],
  type: ["event_count", "value_count", "temporal", "temporal_ordered"],
};

let fields: Promise<string[]> | undefined;

async function readFields(): Promise<string[]> {
  try {
    return (await unwrap(api.POST("/fields", { body: {} }))).fields.map((field) => field.name);
  } catch {
    fields = undefined;
    return [];
  }
}

const result = (from: number, labels: readonly string[], type: string): CompletionResult => ({
  from,
  options: labels.map((label) => ({ label, type })),
  validFor: /^[\w.@-]*$/,
});

/** Keys of Sigma, modifiers behind `|`, fields that are stored, and values of a few keys. */
export async function completeSigma(context: CompletionContext): Promise<CompletionResult | null> {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const word = /[\w.@-]*$/.exec(before)?.[0] ?? "";
  const from = context.pos - word.length;
  if (/\|\w*$/.test(before)) return result(from, modifiers, "function");
  const key = /^\s*(\w+):\s*[\w]*$/.exec(before)?.[1];
  if (key !== undefined) return values[key] ? result(from, values[key], "enum") : null;
  if (!/^\s*(?:- )?[\w.@-]*$/.test(before) || (word === "" && !context.explicit)) return null;
  if (/^\S*$/.test(before)) return result(from, topKeys, "keyword");
  fields ??= readFields();
  return result(from, [...innerKeys, ...(await fields)], "property");
}
