import { describe, expect, it } from "vitest";
import { highlight } from "./highlight";

const shown = (value: string, modifier: string, pattern: string): string =>
  highlight(value, modifier, pattern)
    .map(({ text, hit }) => (hit ? `[${text}]` : text))
    .join("");

describe("highlight", () => {
  it("marks the end for endswith, even if the text occurs before", () => {
    expect(shown("C:\\a.exe\\b\\A.EXE", "endswith", "a.exe")).toBe("C:\\a.exe\\b\\[A.EXE]");
  });
  it("marks the pieces between wildcards in order", () => {
    expect(shown("powershell -enc AAA -nop", "contains", "* -enc *-nop")).toBe("powershell[ -enc ]AAA [-nop]");
  });
  it("takes an escaped wildcard for what it is", () => {
    expect(shown("rm -rf *.log", "contains", "\\*.log")).toBe("rm -rf [*.log]");
  });
  it("marks the whole value of patterns that are no text, and of those that are not found", () => {
    expect(shown("10.0.0.7", "cidr", "10.0.0.0/8")).toBe("[10.0.0.7]");
    expect(shown("abc", "re", "a.c")).toBe("[abc]");
    expect(shown("abc", "contains", "xyz")).toBe("[abc]");
  });
  it("keeps markup text", () => {
    expect(shown("<img src=x onerror=1>", "contains", "onerror")).toBe("<img src=x [onerror]=1>");
  });
});
