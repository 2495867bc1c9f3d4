import { t } from "../messages";
import { wallTime } from "./zone";

const two = (n: number): string => String(n).padStart(2, "0");

export type Precision = "minute" | "second" | "millisecond";

/** `2026-11-03 08:00:53.677` in a zone; the text itself when it is no time. */
export function formatTime(value: string | Date, zone: string, precision: Precision = "second"): string {
  const instant = typeof value === "string" ? new Date(value) : value;
  if (Number.isNaN(instant.getTime())) return String(value);
  const w = wallTime(instant, zone);
  const day = `${w.year}-${two(w.month)}-${two(w.day)} ${two(w.hour)}:${two(w.minute)}`;
  if (precision === "minute") return day;
  const second = `${day}:${two(w.second)}`;
  return precision === "second" ? second : `${second}.${String(w.millisecond).padStart(3, "0")}`;
}

const spans: [limit: number, size: number, unit: string][] = [
  [90, 1, "s"],
  [90 * 60, 60, "m"],
  [36 * 3600, 3600, "h"],
  [60 * 86400, 86400, "d"],
  [730 * 86400, 30.44 * 86400, "mo"],
  [Infinity, 365.25 * 86400, "y"],
];

/** A rough length of time: `45 s`, `12 m`, `3 h`. */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.abs(milliseconds) / 1000;
  if (seconds < 1) return `${Math.round(Math.abs(milliseconds))} ms`;
  const [, size, unit] = spans.find(([limit]) => seconds < limit) ?? [0, 1, "s"];
  return `${Math.round(seconds / size)} ${unit}`;
}

/** `3 h ago`, `in 2 d`, `now`. */
export function formatAgo(value: string | Date, now: number): string {
  const instant = typeof value === "string" ? new Date(value) : value;
  const difference = now - instant.getTime();
  if (Number.isNaN(difference)) return String(value);
  if (Math.abs(difference) < 1_000) return t("common.time.now");
  const span = formatSpan(difference);
  return difference > 0 ? t("common.time.ago", { span }) : t("common.time.in", { span });
}
