import { describe, expect, it } from "vitest";
import { filterRules, readFilters } from "./filters";
import { copiedText, newRuleText, readEvents, titleIn } from "./rule-text";
import type { Rule } from "./rules";

const rule = (change: Partial<Rule>): Rule => ({ id: "1", title: "Whoami", origin: "file", level: "low", state: "active", version: 0, ...change });

describe("filters of rules", () => {
  const rules = [
    rule({ id: "a", techniques: ["T1059.001"], tactics: ["execution"], log_source: "windows/process_creation/-" }),
    rule({ id: "b", state: "cannot_fire", techniques: ["T1059"], title: "Odd shell" }),
    rule({ id: "c", costly: true, techniques: ["T1105"] }),
  ];
  const ids = (filters: Parameters<typeof filterRules>[1]) => filterRules(rules, filters).map((one) => one.id);

  it("take a technique with its parts, but a part only for itself", () => {
    expect(ids({ technique: "t1059" })).toEqual(["a", "b"]);
    expect(ids({ technique: "T1059.001" })).toEqual(["a"]);
    expect(ids({ technique: "T105" })).toEqual([]);
  });
  it("take all words in any order", () => {
    expect(ids({ q: "creation  WHOAMI" })).toEqual(["a"]);
    expect(ids({ costly: true })).toEqual(["c"]);
    expect(ids({ state: "cannot_fire" })).toEqual(["b"]);
  });
  it("come from an address without what is malformed", () => {
    expect(readFilters({ state: "active", level: "worst", q: 3, costly: "yes", technique: "T1" })).toEqual({ state: "active", technique: "T1" });
  });
});

describe("texts of rules", () => {
  it("are copied under another id", () => {
    expect(copiedText("title: 'One'\nid: x\nlevel: low\n", "y")).toBe("title: One (copy)\nid: y\nlevel: low\n");
    expect(copiedText("title: One\nlevel: low\n", "y")).toBe("title: One (copy)\nid: y\nlevel: low\n");
  });
  it("have a title while they are written", () => {
    expect(titleIn(newRuleText("1", "ada", "2026-11-03"))).toBe("A title that says what was seen");
    expect(titleIn("id: 1")).toBeUndefined();
  });
});

describe("pasted events", () => {
  it("are objects, lists or lines", () => {
    expect(readEvents("")).toEqual([]);
    expect(readEvents('{"a": 1,\n "b": 2}')).toEqual([{ a: 1, b: 2 }]);
    expect(readEvents('[{"a": 1}, {"a": 2}]')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(readEvents('{"a": 1}\n\n<13>Nov 3 08:00:00 web-1 app: hello\n[1]')).toEqual([
      { a: 1 },
      "<13>Nov 3 08:00:00 web-1 app: hello",
      "[1]",
    ]);
  });
});
