import { useCallback, useEffect, useReducer, useRef } from "react";
import { exportRows, streamSearch, type Row, type SearchOutcome } from "@/api-client";

/** The most rows that a search itself answers; more come as an export. */
const mostOfSearch = 10_000;
const publishEvery = 120;

export interface Question {
  query: string;
  from: string;
  to: string;
  columns: string[] | undefined;
  sort: { field: string; descending: boolean }[];
  limit: number;
}

export interface RowsState {
  status: "running" | "done" | "failed" | "cancelled";
  columns: readonly string[];
  rows: readonly Row[];
  outcome: SearchOutcome | undefined;
  error: unknown;
  /** Events looked at so far. */
  visited: number;
  began: number;
  milliseconds: number | undefined;
}

type Change = Partial<RowsState> | "begin";

const fresh = (): RowsState => ({
  status: "running",
  columns: [],
  rows: [],
  outcome: undefined,
  error: undefined,
  visited: 0,
  began: performance.now(),
  milliseconds: undefined,
});

// The rows of before stay in sight until the first of the new ones come.
const reduce = (state: RowsState, change: Change): RowsState =>
  change === "begin" ? { ...fresh(), rows: state.rows, columns: state.columns } : { ...state, ...change };

const optional = (point: string) => (point === "" ? {} : { from: point });

async function runQuestion(question: Question, signal: AbortSignal, show: (change: Change) => void): Promise<void> {
  const began = performance.now();
  let rows: Row[] = [];
  let shown = 0;
  let lastShown = -Infinity;
  const publish = () => {
    shown = rows.length;
    lastShown = performance.now();
    show({ rows: rows.slice() });
  };
  const onRows = (more: Row[]) => {
    rows = rows.length === 0 ? more : rows.concat(more);
    if (performance.now() - lastShown > publishEvery) publish();
  };
  const { query, from, to, columns, sort, limit } = question;
  const body = { query, ...optional(from), to, sort, ...(columns ? { columns } : {}) };
  try {
    let outcome: SearchOutcome | undefined;
    if (limit > mostOfSearch) {
      await exportRows({ ...body, limit }, { signal, onRows });
    } else {
      outcome = await streamSearch(
        { ...body, limit },
        {
          signal,
          onRows,
          onColumns: (names) => show({ columns: names }),
          onProgress: (progress) => show({ visited: progress.rows }),
        },
      );
    }
    if (signal.aborted) return;
    if (shown !== rows.length || rows.length === 0) publish();
    show({ status: "done", outcome, milliseconds: performance.now() - began });
  } catch (error) {
    if (signal.aborted) return;
    show({ status: "failed", error, rows: rows.slice(), milliseconds: performance.now() - began });
  }
}

/** Runs a search, its rows as they come. A new question ends the one before. */
export function useRows(question: Question, enabled: boolean) {
  const [state, show] = useReducer(reduce, undefined, fresh);
  const control = useRef<AbortController>(undefined);
  const [times, again] = useReducer((count: number) => count + 1, 0);
  const key = JSON.stringify(question);
  useEffect(() => {
    if (!enabled) return;
    const controller = new AbortController();
    control.current = controller;
    show("begin");
    void runQuestion(JSON.parse(key) as Question, controller.signal, (change) => {
      if (!controller.signal.aborted) show(change);
    });
    return () => controller.abort();
  }, [key, times, enabled]);
  const cancel = useCallback(() => {
    control.current?.abort();
    show({ status: "cancelled" });
  }, []);
  return { ...state, cancel, again };
}
