import { describe, expect, it } from "vitest";
import { blocksOf, spansOf } from "./blocks";

describe("spansOf", () => {
  it("finds mentions, but not in addresses of mail", () => {
    expect(spansOf("ask @ada, not a@b.example")).toEqual([
      { kind: "text", text: "ask " },
      { kind: "mention", text: "@ada" },
      { kind: "text", text: ", not a@b.example" },
    ]);
  });
  it("keeps markup and links text", () => {
    expect(spansOf("<b onclick=x>[a](javascript:alert(1))</b>")).toEqual([
      { kind: "text", text: "<b onclick=x>[a](javascript:alert(1))</b>" },
    ]);
  });
});

describe("blocksOf", () => {
  it("reads headings, lists and code", () => {
    const kinds = blocksOf("# What\n\none\ntwo\n- a\n- b\n1. c\n```\n- no list\n```\n> said").map((block) => block.kind);
    expect(kinds).toEqual(["heading", "paragraph", "list", "list", "code", "quote"]);
  });
  it("ends with code that is never closed", () => expect(blocksOf("```\nx")).toEqual([{ kind: "code", text: "x" }]));
});
