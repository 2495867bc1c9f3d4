import { describe, expect, it } from "vitest";
import { formatSpan, formatTime } from "./format";
import { describeRange, readRangeSearch, shiftRange, widenRange } from "./range";
import { parseInterval, parsePoint, resolvePoint, spellInterval } from "./time-point";
import { offsetName } from "./zone";

describe("time points", () => {
  it("reads what people write", () => {
    expect(parsePoint(" now-15m ", "UTC")).toBe("now-15m");
    expect(parsePoint("2026-11-03", "UTC")).toBe("2026-11-03T00:00:00.000Z");
    expect(parsePoint("2026-11-03 08:00", "Europe/Berlin")).toBe("2026-11-03T07:00:00.000Z");
    expect(parsePoint("2026-11-03 08:00:01.25", "UTC")).toBe("2026-11-03T08:00:01.250Z");
    expect(parsePoint("2026-11-03T08:00:00+02:00", "UTC")).toBe("2026-11-03T06:00:00.000Z");
  });

  it.each(["", "yesterday", "now-", "now-5y", "2026-02-30", "2026-13-01", "2026-01-01 24:00", "now-15m; drop"])(
    "refuses %j",
    (text) => expect(parsePoint(text, "UTC")).toBeUndefined(),
  );

  it("takes wall times on both sides of a change of clocks", () => {
    expect(parsePoint("2026-03-29 01:59", "Europe/Berlin")).toBe("2026-03-29T00:59:00.000Z");
    expect(parsePoint("2026-03-29 03:00", "Europe/Berlin")).toBe("2026-03-29T01:00:00.000Z");
  });

  it("resolves to instants", () => {
    expect(resolvePoint("now-2h", 10_000_000)).toBe(2_800_000);
    expect(resolvePoint("2026-11-03T08:00:00Z", 0)).toBe(Date.UTC(2026, 10, 3, 8));
    expect(resolvePoint("", 0)).toBeUndefined();
  });

  it("names intervals and spans", () => {
    expect(parseInterval("10s")).toBe(10_000);
    expect(parseInterval("ten")).toBeUndefined();
    expect(spellInterval("1h")).toBe("1 hour");
    expect(spellInterval("15m")).toBe("15 minutes");
    expect(formatSpan(42_000)).toBe("42 s");
    expect(formatSpan(5 * 3600_000)).toBe("5 h");
  });

  it("shows times in a zone", () => {
    expect(formatTime("2026-11-03T23:30:00Z", "Asia/Kolkata", "minute")).toBe("2026-11-04 05:00");
    expect(offsetName(new Date("2026-11-03T00:00:00Z"), "Asia/Kolkata")).toBe("UTC+5:30");
    expect(formatTime("no time", "UTC")).toBe("no time");
  });
});

describe("ranges", () => {
  it("keeps only well-formed parameters of an address", () => {
    expect(readRangeSearch({ from: "now-1h", to: "now", refresh: "10s", q: 1 })).toEqual({ from: "now-1h", to: "now", refresh: "10s" });
    expect(readRangeSearch({ from: "javascript:alert(1)", to: 5, refresh: "often" })).toEqual({});
    expect(readRangeSearch({ from: "" })).toEqual({ from: "" });
  });

  it("moves and widens", () => {
    const now = Date.UTC(2026, 10, 3, 12);
    expect(shiftRange({ from: "now-1h", to: "now" }, -1, now)).toEqual({ from: "2026-11-03T10:00:00.000Z", to: "2026-11-03T11:00:00.000Z" });
    expect(widenRange({ from: "now-1h", to: "now" }, now)).toEqual({ from: "2026-11-03T10:30:00.000Z", to: "2026-11-03T12:30:00.000Z" });
    expect(shiftRange({ from: "", to: "now" }, 1, now)).toEqual({ from: "", to: "now" });
  });

  it("says what it is", () => {
    expect(describeRange({ from: "now-15m", to: "now" }, "UTC")).toBe("Last 15 minutes");
    expect(describeRange({ from: "", to: "now" }, "UTC")).toBe("All time");
  });
});
