/** A query cut at its pipes: the filter, and the stages behind it. */
export interface Stage {
  command: string;
  text: string;
}

export interface Pipeline {
  filter: string;
  stages: Stage[];
}

const closers: Record<string, string> = { "(": ")", "[": "]", "{": "}" };

// The index behind a quoted text, comment or bracket-free stretch that begins at `at`; `at` if there is none.
function skipQuoted(query: string, at: number): number {
  const open = query[at];
  if (open === '"' || open === "'" || open === "`") {
    let end = at + 1;
    while (end < query.length && query[end] !== open) end += query[end] === "\\" ? 2 : 1;
    return end + 1;
  }
  const startsWord = at === 0 || /[\s|()]/.test(query[at - 1] ?? "");
  if (startsWord && query.startsWith("//", at)) {
    const end = query.indexOf("\n", at);
    return end < 0 ? query.length : end;
  }
  if (startsWord && query.startsWith("/*", at)) {
    const end = query.indexOf("*/", at);
    return end < 0 ? query.length : end + 2;
  }
  return at;
}

/** Where the top-level pipes of a query stand. */
export function pipePlaces(query: string): number[] {
  const places: number[] = [];
  const open: string[] = [];
  for (let at = 0; at < query.length; ) {
    const behind = skipQuoted(query, at);
    if (behind > at) {
      at = behind;
      continue;
    }
    const c = query[at] ?? "";
    const closer = closers[c];
    if (closer !== undefined) open.push(closer);
    else if (c === open.at(-1)) open.pop();
    else if (c === "|" && open.length === 0) places.push(at);
    at += c === "\\" ? 2 : 1;
  }
  return places;
}

export function cutPipeline(query: string): Pipeline {
  const places = pipePlaces(query);
  const filter = query.slice(0, places[0] ?? query.length).trim();
  const stages = places.map((place, index) => {
    const text = query.slice(place + 1, places[index + 1] ?? query.length).trim();
    return { text, command: (/^\w+/.exec(text)?.[0] ?? "").toLowerCase() };
  });
  return { filter, stages };
}

const joinPipeline = ({ filter, stages }: Pipeline): string =>
  [filter, ...stages.map((stage) => stage.text)].filter((text, index) => index === 0 || text !== "").join(" | ").trim();

const tableCommands = new Set(["stats", "top", "rare", "keep"]);

/** Whether the rows are no events, but what a stage made of them. */
export const isTable = ({ stages }: Pipeline): boolean => stages.some((stage) => tableCommands.has(stage.command));

/** The columns by which the last stage that groups has grouped. */
export function groupKeys({ stages }: Pipeline): string[] {
  const text = stages.findLast((stage) => ["stats", "top", "rare"].includes(stage.command))?.text ?? "";
  const own = /^(?:top|rare)\s+(?:\d+\s+)?(.*?)(?:\s+by\s+|$)/is.exec(text)?.[1] ?? "";
  const by = /\bby\s+(.*)$/is.exec(text)?.[1] ?? "";
  const names = `${own},${by}`.replace(/\([^)]*\)/g, "").split(",");
  return names.map((name) => (name.split("=")[0] ?? "").trim().replaceAll("`", "")).filter((name) => name !== "");
}

/** Fields that stages compute, as far as they can be told from the text. */
export function computedFields({ stages }: Pipeline): string[] {
  const found: string[] = [];
  for (const { command, text } of stages) {
    if (command === "eval") for (const match of text.matchAll(/(?:^eval|,)\s*([\w.@]+)\s*=(?!=)/gi)) found.push(match[1] ?? "");
    if (command === "rename") for (const match of text.matchAll(/\bas\s+([\w.@]+)/gi)) found.push(match[1] ?? "");
    if (command === "rex") for (const match of text.matchAll(/\(\?P?<(\w+)>/g)) found.push(match[1] ?? "");
    if (command === "dissect") for (const match of text.matchAll(/%\{([\w.@]+)\}/g)) found.push(match[1] ?? "");
  }
  return [...new Set(found.filter((name) => name !== ""))];
}

/** The query with one more filter, which every row must pass. */
export function withFilter(query: string, filter: string): string {
  const pipeline = cutPipeline(query);
  const old = pipeline.filter;
  if (old === "" || old === "*") return joinPipeline({ ...pipeline, filter });
  if (old.split(" and ").includes(filter)) return query;
  const joined = / or |^or\b/i.test(old) ? `(${old}) and ${filter}` : `${old} and ${filter}`;
  return joinPipeline({ ...pipeline, filter: joined });
}
