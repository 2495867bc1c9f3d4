import { describe, expect, it } from "vitest";
import { measure } from "./rates";
import { addressIn, fillSnippet, isLoopback, shippers } from "./shippers";
import { byDataset, retentionIn } from "./storage";

describe("rates of sources", () => {
  it("are differences of counters, and begin anew when those fall", () => {
    let known = measure(new Map(), [{ key: "a", events: 10 }, { key: "b", events: 5 }], 0);
    known = measure(known, [{ key: "a", events: 60 }, { key: "b", events: 1 }], 5_000);
    expect(known.get("a")?.points).toEqual([{ time: 5_000, rate: 10 }]);
    expect(known.get("b")).toEqual({ events: 1, at: 5_000, points: [] });
  });
});

describe("stored data", () => {
  it("is told by dataset", () => {
    const rows = byDataset([
      { dataset: "a", day: "1", parts: 1, events: 10, bytes: 5, raw_bytes: 50, from: "2026-11-03", to: "2026-11-04" },
      { dataset: "a", day: "2", parts: 2, events: 10, bytes: 5, raw_bytes: 50, from: "2026-11-02", to: "2026-11-03" },
      { dataset: "b", day: "1", parts: 1, events: 1, bytes: 90 },
    ]);
    expect(rows.map((row) => row.dataset)).toEqual(["b", "a"]);
    expect(rows[1]).toEqual({ dataset: "a", days: 2, parts: 3, events: 20, bytes: 10, raw: 100, from: "2026-11-02", to: "2026-11-04" });
  });

  it("is kept as the configuration says", () => {
    const yaml = "data:\n  # x\n  retention:\n    # When\n    max_age: 90d\n    max_bytes: 0\n  log_retention:\n    max_bytes: 5GiB\n";
    expect(retentionIn(yaml)).toEqual({ age: "90d", bytes: undefined });
    expect(retentionIn("")).toEqual({ age: undefined, bytes: undefined });
  });
});

describe("snippets", () => {
  it("have the real address and the key, and keep what belongs to the shipper", () => {
    const syslogNg = shippers.find((one) => one.name === "syslog-ng (Elasticsearch)");
    if (!syslogNg) throw new Error("no such shipper");
    const text = fillSnippet(syslogNg, "soc.example", 9201, "k$&");
    expect(text).toContain("http://soc.example:9201/_bulk");
    expect(text).toContain("host.name=${HOST}");
    for (const shipper of shippers) expect(/\bKEY\b/.test(fillSnippet(shipper, "h", 1, "k$&"))).toBe(false);
    for (const shipper of shippers) expect(/\bKEY\b/.test(shipper.snippet)).toBe(shipper.key);
  });

  it("take the port of the node", () => {
    expect(addressIn("udp 127.0.0.1:5514, tcp 127.0.0.1:5514")).toEqual({ host: "127.0.0.1", port: 5514 });
    expect(addressIn(":9200")).toEqual({ host: "", port: 9200 });
    expect(addressIn("[::1]:9200")).toEqual({ host: "[::1]", port: 9200 });
    expect(addressIn("/var/log/**")).toBeUndefined();
    expect(isLoopback("127.0.0.1")).toBe(true);
    expect(isLoopback("")).toBe(false);
  });
});
