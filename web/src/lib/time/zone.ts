import { usePreferences } from "../preferences";

const partsFormats = new Map<string, Intl.DateTimeFormat>();

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export const zoneOf = (choice: string): string => (choice === "browser" ? browserZone() : choice);

/** The IANA name of the zone in which times are shown. */
export const useZone = (): string => zoneOf(usePreferences().timeZone);

export const zoneNames = (): string[] => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((name) => name !== "UTC")];

export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

function partsFormat(zone: string): Intl.DateTimeFormat {
  let format = partsFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      era: "short",
    });
    partsFormats.set(zone, format);
  }
  return format;
}

// Clocks change on quarters of an hour; asking Intl for each of 100,000 times is slow.
const quarter = 900_000;
const mostOffsets = 20_000;
const offsets = new Map<string, Map<number, number>>();

function offsetMs(instant: Date, zone: string): number {
  if (zone === "UTC") return 0;
  let known = offsets.get(zone);
  if (!known) offsets.set(zone, (known = new Map<number, number>()));
  const slot = Math.floor(instant.getTime() / quarter);
  let offset = known.get(slot);
  if (offset === undefined) {
    if (known.size >= mostOffsets) known.clear();
    const start = new Date(slot * quarter);
    offset = asUtc(askedWallTime(start, zone)) - start.getTime();
    known.set(slot, offset);
  }
  return offset;
}

/** What clocks of the zone show at an instant. */
export function wallTime(instant: Date, zone: string): WallTime {
  const shifted = new Date(instant.getTime() + offsetMs(instant, zone));
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    millisecond: shifted.getUTCMilliseconds(),
  };
}

function askedWallTime(instant: Date, zone: string): WallTime {
  const found: Record<string, number> = {};
  for (const part of partsFormat(zone).formatToParts(instant)) found[part.type] = Number(part.value);
  return {
    year: found.year ?? 0,
    month: found.month ?? 1,
    day: found.day ?? 1,
    hour: found.hour ?? 0,
    minute: found.minute ?? 0,
    second: found.second ?? 0,
    millisecond: ((instant.getTime() % 1000) + 1000) % 1000,
  };
}

const asUtc = (w: WallTime): number => Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second, w.millisecond);

/** Minutes that the zone is ahead of UTC at an instant. */
export const offsetMinutes = (instant: Date, zone: string): number => Math.round(offsetMs(instant, zone) / 60_000);

/** The instant at which clocks of the zone show this; in a gap, the time after it. */
export function instantOf(wall: WallTime, zone: string): Date {
  const naive = asUtc(wall);
  let guess = naive - offsetMinutes(new Date(naive), zone) * 60_000;
  guess = naive - offsetMinutes(new Date(guess), zone) * 60_000;
  return new Date(guess);
}

/** `UTC`, `UTC+2`, `UTC-3:30`. */
export function offsetName(instant: Date, zone: string): string {
  const minutes = offsetMinutes(instant, zone);
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  const rest = size % 60 ? `:${String(size % 60).padStart(2, "0")}` : "";
  return `UTC${minutes < 0 ? "-" : "+"}${Math.floor(size / 60)}${rest}`;
}
