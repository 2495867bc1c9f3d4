import { apiBase } from "./client";
import { readLines } from "./lines";
import { ApiProblem, readProblem, type Problem } from "./problem";
import type { components } from "./schema";
import { send } from "./send";
import { readServerEvents } from "./server-events";

type Schemas = components["schemas"];
export type Row = Record<string, unknown>;
export type StreamState = "connecting" | "open" | "lost";

interface Following {
  signal: AbortSignal;
  onState?: (state: StreamState) => void;
}

const firstPause = 1_000;
const longestPause = 15_000;

const addressOf = (path: string): string => location.origin + apiBase + path;

async function pauseOf(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

// Ends with the signal, or by throwing a refusal (4xx). Everything else connects again.
async function follow(path: string, { signal, onState }: Following, onEvent: (name: string, data: string) => void) {
  let pause = firstPause;
  const stopped = () => signal.aborted;
  while (!stopped()) {
    onState?.("connecting");
    try {
      const request = new Request(addressOf(path), { signal, headers: { Accept: "text/event-stream" } });
      const response = await send(request);
      if (!response.ok) throw await readProblem(response);
      if (!response.body) throw new Error("The stream has no body.");
      onState?.("open");
      pause = firstPause;
      for await (const event of readServerEvents(response.body)) onEvent(event.name, event.data);
    } catch (error) {
      if (stopped()) return;
      if (error instanceof ApiProblem && error.status < 500 && error.status !== 429) throw error;
    }
    if (stopped()) return;
    onState?.("lost");
    await pauseOf(pause, signal);
    pause = Math.min(longestPause, pause * 2);
  }
}

/** Alerts as they come; `dropped` counts those left out since the start. */
export function streamAlerts(
  options: Following & { onAlert: (alert: Schemas["AlertItem"], dropped: number) => void },
): Promise<void> {
  return follow("/streams/alerts", options, (name, data) => {
    if (name !== "alert") return;
    const { alert, dropped } = JSON.parse(data) as { alert: Schemas["AlertItem"]; dropped: number };
    options.onAlert(alert, dropped);
  });
}

/** Events that match a query, as they come; at most 500 each 250 ms. */
export function streamEvents(
  query: string,
  options: Following & { onRows: (rows: Row[], dropped: number) => void },
): Promise<void> {
  const parameters = new URLSearchParams({ query });
  return follow(`/streams/events?${parameters.toString()}`, options, (name, data) => {
    if (name !== "rows") return;
    const { rows, dropped } = JSON.parse(data) as { rows: Row[]; dropped: number };
    options.onRows(rows, dropped);
  });
}

export interface NodeHealth {
  time: string;
  ready: boolean;
  checks: { name: string; problem: string | null }[];
  facts: { name: string; value: string }[];
}

/** How the node is, each five seconds. */
export function streamHealth(options: Following & { onHealth: (health: NodeHealth) => void }): Promise<void> {
  return follow("/streams/health", options, (name, data) => {
    if (name === "health") options.onHealth(JSON.parse(data) as NodeHealth);
  });
}

export type SearchOutcome = Omit<Schemas["SearchAnswer"], "rows" | "columns">;

interface SearchReading {
  signal: AbortSignal;
  onColumns?: (columns: string[]) => void;
  onRows?: (rows: Row[]) => void;
  onProgress?: (progress: { rows: number; seconds: number }) => void;
}

type SearchLine =
  | { row: Row }
  | { header: { columns: string[] } }
  | { progress: { rows: number; seconds: number } }
  | { done: SearchOutcome }
  | { error: Problem };

/** Rows of a search as they come; resolves with what became of it. */
export async function streamSearch(body: Schemas["Search"], reading: SearchReading): Promise<SearchOutcome> {
  const request = new Request(addressOf("/search/stream"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: reading.signal,
  });
  const response = await send(request);
  if (!response.ok) throw await readProblem(response);
  if (!response.body) throw new Error("The search has no body.");
  for await (const lines of readLines(response.body)) {
    const rows: Row[] = [];
    let outcome: SearchOutcome | undefined;
    for (const text of lines) {
      if (text === "") continue;
      const line = JSON.parse(text) as SearchLine;
      if ("row" in line) rows.push(line.row);
      else if ("header" in line) reading.onColumns?.(line.header.columns);
      else if ("progress" in line) reading.onProgress?.(line.progress);
      else if ("done" in line) outcome = line.done;
      else throw new ApiProblem(line.error);
    }
    if (rows.length > 0) reading.onRows?.(rows);
    if (outcome) return outcome;
  }
  throw new Error("The search ended before its answer was whole.");
}

/** Rows as an export gives them: more than a search answers, without what became of it. */
export async function exportRows(
  body: Omit<Schemas["SearchExport"], "format">,
  reading: Pick<SearchReading, "signal" | "onRows">,
): Promise<void> {
  const response = await send(exportRequest({ ...body, format: "ndjson" }, reading.signal));
  if (!response.ok) throw await readProblem(response);
  if (!response.body) throw new Error("The export has no body.");
  for await (const lines of readLines(response.body)) {
    const rows = lines.filter((text) => text !== "").map((text) => JSON.parse(text) as Row);
    const cut = rows.findIndex((row) => "incomplete" in row);
    if (rows.length > 0) reading.onRows?.(cut < 0 ? rows : rows.slice(0, cut));
  }
}

function exportRequest(body: Schemas["SearchExport"], signal: AbortSignal): Request {
  return new Request(addressOf("/search/export"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

/** A whole export, to save as a file. */
export async function exportFile(body: Schemas["SearchExport"], signal: AbortSignal): Promise<Blob> {
  const response = await send(exportRequest(body, signal));
  if (!response.ok) throw await readProblem(response);
  return response.blob();
}
