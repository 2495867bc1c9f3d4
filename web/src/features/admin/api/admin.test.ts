import { describe, expect, it } from "vitest";
import { indicatorKind, readDuration, readTasks, spellDuration, spellTasks } from "./durations";

describe("durations", () => {
  it("are read and written", () => {
    expect(readDuration("15m")).toBe(900);
    expect(readDuration(" 1d 12h ")).toBe(129_600);
    expect(readDuration("")).toBeNull();
    expect(readDuration("soon")).toBeUndefined();
    expect(readDuration("4")).toBeUndefined();
    for (const text of ["15m", "1d 12h", "2w", "1h 30m"]) expect(spellDuration(readDuration(text))).toBe(text);
    expect(spellDuration(null)).toBe("");
    expect(spellDuration(10 * 86_400)).toBe("10d");
  });
});

describe("tasks", () => {
  it("are lines, perhaps with a time", () => {
    const before = [{ title: "Isolate", description: "Pull the cable" }];
    const tasks = readTasks("Isolate | 1h\n\nAsk a | b\n", before);
    expect(tasks).toEqual([{ title: "Isolate", description: "Pull the cable", due_seconds: 3_600 }, { title: "Ask a | b" }]);
    expect(readTasks(spellTasks(tasks))).toEqual([{ title: "Isolate", due_seconds: 3_600 }, { title: "Ask a | b" }]);
  });
});

it.each([
  ["203.0.113.7", "ip"],
  ["203[.]0[.]113[.]7", "ip"],
  ["2001:db8::1", "ip"],
  ["203.0.113.0/24", "network"],
  ["evil[.]example", "domain"],
  ["hxxps://evil.example/a?b", "url"],
  ["a@evil.example", "email"],
  ["d41d8cd98f00b204e9800998ecf8427e", "hash"],
  ["invoice.exe", "file_name"],
])("%s is taken for %s", (value, kind) => expect(indicatorKind(value)).toBe(kind));
