import { describe, expect, it } from "vitest";
import { computedFields, cutPipeline, groupKeys, isTable, withFilter } from "./stages";

describe("stages", () => {
  it("cuts at pipes, but not within quotes, brackets and comments", () => {
    expect(cutPipeline('user.name: "a|b" and x: (1 | 2) // no | here\n| stats n = count() by `a|b` | sort n').stages).toEqual([
      { command: "stats", text: "stats n = count() by `a|b`" },
      { command: "sort", text: "sort n" },
    ]);
    expect(cutPipeline("http://x/a|top 5 host.name").stages).toHaveLength(1);
    expect(cutPipeline('"unclosed | text')).toEqual({ filter: '"unclosed | text', stages: [] });
  });

  it("tells tables from events", () => {
    expect(isTable(cutPipeline("a: 1 | where b == 2"))).toBe(false);
    expect(isTable(cutPipeline("| TOP 5 host.name"))).toBe(true);
  });

  it("finds what is computed", () => {
    const query = '| eval kb = round(x / 1024, 1), out = a == b | rex "(?P<verb>[A-Z]+)" | rename user.name as account';
    expect(computedFields(cutPipeline(query))).toEqual(["kb", "out", "verb", "account"]);
  });

  it("finds what rows are grouped by", () => {
    expect(groupKeys(cutPipeline("| stats n = count() by t = bucket(@timestamp, 1h), `user name` | sort n desc"))).toEqual(["t", "user name"]);
    expect(groupKeys(cutPipeline("| top 5 event.action by event.dataset"))).toEqual(["event.action", "event.dataset"]);
  });

  it("adds filters before the stages", () => {
    expect(withFilter("", "a: 1")).toBe("a: 1");
    expect(withFilter("* | top 5 b", "a: 1")).toBe("a: 1 | top 5 b");
    expect(withFilter("x: 1 or y: 2", "a: 1")).toBe("(x: 1 or y: 2) and a: 1");
    expect(withFilter("x: 1 and a: 1", "a: 1")).toBe("x: 1 and a: 1");
  });
});
