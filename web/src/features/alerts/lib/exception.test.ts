import { describe, expect, it } from "vitest";
import { conditionOf } from "./exception";

describe("conditionOf", () => {
  it("keeps hostile values one line of text and without wildcards", () => {
    const text = conditionOf([{ field: "process.command_line", value: 'cmd "x": *\ncondition: all', matched: true }]);
    expect(text.split("\n")).toEqual([
      "selection:",
      '  process.command_line: "cmd \\"x\\": \\\\*\\ncondition: all"',
      "condition: selection",
      "",
    ]);
  });
});
