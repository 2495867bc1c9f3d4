import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { t } from "../messages";
import { formatTime } from "./format";
import { isRelative, parseInterval, resolvePoint, spellInterval } from "./time-point";

/** The search parameters that every page shares. An empty `from` is open. */
export interface RangeSearch {
  from?: string;
  to?: string;
  refresh?: string;
}

export interface TimeRange {
  from: string;
  to: string;
}

export const defaultRange: TimeRange = { from: "now-24h", to: "now" };

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const isPoint = (text: string | undefined): text is string =>
  text !== undefined && (text === "" || resolvePoint(text, 0) !== undefined);

/** Reads the shared parameters of an address; what is malformed is left out. */
export function readRangeSearch(search: Record<string, unknown>): RangeSearch {
  const out: RangeSearch = {};
  const from = textOf(search.from);
  const to = textOf(search.to);
  const refresh = textOf(search.refresh);
  if (isPoint(from)) out.from = from;
  if (isPoint(to)) out.to = to;
  if (parseInterval(refresh) !== undefined) out.refresh = refresh;
  return out;
}

export interface RangeState {
  range: TimeRange;
  /** Milliseconds between refreshes; undefined for none. */
  refreshEvery: number | undefined;
  refresh: string | undefined;
  setRange: (range: TimeRange) => void;
  setRefresh: (refresh: string | undefined) => void;
}

/** The global time range: what the address says, or the last day. */
export function useTimeRange(): RangeState {
  const search: RangeSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const from = search.from ?? defaultRange.from;
  const to = search.to ?? defaultRange.to;
  const refresh = search.refresh;
  return useMemo(
    () => ({
      range: { from, to },
      refresh,
      refreshEvery: parseInterval(refresh),
      setRange: (range) => void navigate({ to: ".", search: (old: object) => ({ ...old, from: range.from, to: range.to }) }),
      setRefresh: (next) => void navigate({ to: ".", search: (old: object) => ({ ...old, refresh: next }), replace: true }),
    }),
    [from, to, refresh, navigate],
  );
}

/** Both ends as instants; an open start is undefined. */
export function resolveRange(range: TimeRange, now = Date.now()): { from: number | undefined; to: number } {
  return { from: resolvePoint(range.from, now), to: resolvePoint(range.to, now) ?? now };
}

const describePoint = (point: string, zone: string): string =>
  isRelative(point) ? point : formatTime(point, zone, "minute");

export function describeRange({ from, to }: TimeRange, zone: string): string {
  if (from === "") return t("shell.range.all");
  const last = /^now-(\d+[smhdw])$/.exec(from)?.[1];
  if (last && to === "now") return t("shell.range.last", { span: spellInterval(last) });
  return `${describePoint(from, zone)} – ${describePoint(to || "now", zone)}`;
}

/** The range of the same length before (-1) or after (+1) this one. */
export function shiftRange(range: TimeRange, direction: -1 | 1, now = Date.now()): TimeRange {
  const { from, to } = resolveRange(range, now);
  if (from === undefined) return range;
  const step = direction * (to - from);
  return { from: new Date(from + step).toISOString(), to: new Date(to + step).toISOString() };
}

/** Twice as long, around the same middle. */
export function widenRange(range: TimeRange, now = Date.now()): TimeRange {
  const { from, to } = resolveRange(range, now);
  if (from === undefined) return range;
  const margin = (to - from) / 2;
  return { from: new Date(from - margin).toISOString(), to: new Date(to + margin).toISOString() };
}
