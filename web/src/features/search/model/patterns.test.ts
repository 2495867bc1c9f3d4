import { describe, expect, it } from "vitest";
import { findPatterns, templateOf } from "./patterns";

describe("patterns", () => {
  it("puts place holders where lines differ", () => {
    expect(templateOf("2026-11-03T08:26:31Z sshd[812]: Failed password for root from 10.0.0.5 port 50022 ssh2")).toBe(
      "<time> sshd[<n>]: Failed password for root from <ip> port <n> ssh2",
    );
    expect(templateOf("C:\\Windows\\cmd.exe pid 0x1f4")).toBe("<path> pid <hex>");
  });

  it("counts, with the most frequent first", () => {
    const rows = [{ message: "user 1 logged on" }, { message: "user 22 logged on" }, { "event.original": "boot" }, {}];
    const [first, second] = findPatterns(rows);
    expect(first).toMatchObject({ template: "user <n> logged on", count: 2, phrase: "logged on", example: "user 1 logged on" });
    expect(second?.share).toBeCloseTo(1 / 3);
  });
});
