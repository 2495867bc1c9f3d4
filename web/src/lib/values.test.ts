import { describe, expect, it } from "vitest";
import { csvCell, csvOf } from "./csv";
import { filterText, textOfValue, valueText } from "./values";

describe("values in queries", () => {
  it.each<[unknown, string]>([
    ["ada", '"ada"'],
    ['say "hi"', '"say \\"hi\\""'],
    ["C:\\Windows", '"C:\\\\Windows"'],
    ["a\nb\u0000", '"a\\nb\\u0000"'],
    [4624, "4624"],
    [true, "true"],
  ])("quotes %j", (value, text) => expect(valueText(value)).toBe(text));

  it("writes filters", () => {
    expect(filterText("user.name", "ada", "include")).toBe('user.name: "ada"');
    expect(filterText("user.name", "ada", "exclude")).toBe('not user.name: "ada"');
    expect(filterText("user name", "a", "only")).toBe('`user name`: "a"');
    expect(filterText("tags", ["a", "b"], "exclude")).toBe('not tags: ("a" or "b")');
    expect(filterText("user.name", null, "include")).toBe("not user.name: *");
  });

  it("shows any value as text", () => {
    expect(textOfValue(["a", 1, null])).toBe("a, 1, ");
    expect(textOfValue({ a: 1 })).toBe('{"a":1}');
  });
});

describe("CSV", () => {
  it.each(["=1+1", "+1", "-1", "@x", "\tx", "\rx"])("tames %j", (text) => {
    expect(csvCell(text).replace(/^"/, "")).toMatch(/^'/);
  });

  it("quotes and keeps numbers", () => {
    expect(csvOf(["a", "b"], [{ a: 'x,"y"', b: -5 }])).toBe('a,b\r\n"x,""y""",-5\r\n');
  });
});
