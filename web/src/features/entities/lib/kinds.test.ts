import { describe, expect, it } from "vitest";
import { kindOf, queryOf } from "./kinds";

describe("queryOf", () => {
  it("asks for domain and name of a Windows user", () => {
    expect(queryOf("user", "CORP\\j.ward")).toBe('user.domain: "CORP" and user.name: "j.ward"');
  });
  it("keeps hostile values one value", () => {
    expect(queryOf("host", 'x" or *')).toBe('(host.name: "x\\" or *" or related.hosts: "x\\" or *")');
  });
});

describe("kindOf", () => {
  it("knows what pivots call an address", () => {
    expect(kindOf("address")).toBe("ip");
    expect(kindOf("nonsense")).toBeUndefined();
  });
});
