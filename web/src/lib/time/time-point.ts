import { instantOf } from "./zone";

const unitMs: Record<string, number> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const relative = /^now(?:([-+])(\d{1,9})([smhdw]))?$/;
const wall = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?$/;
const withOffset = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

export const isRelative = (point: string): boolean => relative.test(point);

/** The instant that a time point of the API means; undefined if it is open or malformed. */
export function resolvePoint(point: string, now: number): number | undefined {
  const found = relative.exec(point);
  if (found) {
    const [, sign, count, unit] = found;
    if (!sign) return now;
    return now + (sign === "-" ? -1 : 1) * Number(count) * (unitMs[unit ?? "s"] ?? 0);
  }
  if (!withOffset.test(point)) return undefined;
  const instant = Date.parse(point);
  return Number.isNaN(instant) ? undefined : instant;
}

/** What a person wrote, as a time point of the API: relative, RFC 3339, or a wall time in their zone. */
export function parsePoint(text: string, zone: string): string | undefined {
  const trimmed = text.trim();
  if (relative.test(trimmed)) return trimmed;
  if (withOffset.test(trimmed)) return Number.isNaN(Date.parse(trimmed)) ? undefined : new Date(trimmed).toISOString();
  const found = wall.exec(trimmed);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second, fraction] = found;
  const parts = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    millisecond: Number((fraction ?? "").padEnd(3, "0").slice(0, 3)),
  };
  const date = new Date(Date.UTC(parts.year, parts.month - 1, parts.day));
  const sameDay = date.getUTCMonth() === parts.month - 1 && date.getUTCDate() === parts.day;
  if (!sameDay || parts.hour > 23 || parts.minute > 59 || parts.second > 59) return undefined;
  return instantOf(parts, zone).toISOString();
}

/** Milliseconds of `10s`, `1m` ...; undefined if it is none. */
export function parseInterval(text: string | undefined): number | undefined {
  const found = /^(\d{1,6})([smhdw])$/.exec(text ?? "");
  return found ? Number(found[1]) * (unitMs[found[2] ?? "s"] ?? 0) : undefined;
}

const unitNames: Record<string, string> = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };

/** `15 minutes` for `15m`. */
export function spellInterval(text: string): string {
  const found = /^(\d+)([smhdw])$/.exec(text);
  if (!found) return text;
  const unit = unitNames[found[2] ?? ""] ?? "";
  return found[1] === "1" ? `1 ${unit}` : `${found[1] ?? ""} ${unit}s`;
}
