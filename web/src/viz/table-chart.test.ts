import { describe, expect, it } from "vitest";
import { chartData, columnKind, topSeries } from "./table-chart";

describe("tables as charts", () => {
  it("splits a count over time by a name", () => {
    const rows = [
      { t: "2026-11-03T09:00:00.000Z", host: "a", n: 2 },
      { t: "2026-11-03T08:00:00.000Z", host: "b", n: 5 },
      { t: "2026-11-03T08:00:00.000Z", host: "a", n: 1 },
    ];
    const data = chartData(["t", "host", "n"], rows);
    expect(data?.kind).toBe("time");
    expect(data?.series).toEqual([
      { name: "b", values: [5, null] },
      { name: "a", values: [1, 2] },
    ]);
  });

  it("keeps several measures as series, and refuses tables without numbers", () => {
    const data = chartData(["host", "n", "users"], [{ host: "a", n: 2, users: 1 }]);
    expect(data?.series.map((one) => one.name)).toEqual(["n", "users"]);
    expect(chartData(["host"], [{ host: "a" }])).toBeUndefined();
    expect(columnKind([{ a: 1 }, { a: "x" }], "a")).toBe("text");
  });

  it("takes numbers that rows are grouped by for names", () => {
    const data = chartData(["code", "n"], [{ code: 404, n: 2 }, { code: 200, n: 7 }], ["code"]);
    expect(data).toMatchObject({ x: "code", positions: ["404", "200"], series: [{ name: "n", values: [2, 7] }] });
  });

  it("sums up what is too much for colours", () => {
    const series = Array.from({ length: 10 }, (_, n) => ({ name: String(n), values: [1] }));
    const top = topSeries(series, "others");
    expect(top).toHaveLength(7);
    expect(top.at(-1)).toEqual({ name: "others", values: [4] });
  });
});
