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

export function wallTime(instant: Date, zone: string): WallTime {
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
export const offsetMinutes = (instant: Date, zone: string): number =>
  Math.round((asUtc(wallTime(instant, zone)) - instant.getTime()) / 60_000);

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
