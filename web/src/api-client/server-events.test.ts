import { describe, expect, it } from "vitest";
import { readLines } from "./lines";
import { readServerEvents } from "./server-events";

const bodyOf = (...parts: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      const encoder = new TextEncoder();
      for (const part of parts) controller.enqueue(encoder.encode(part));
      controller.close();
    },
  });

describe("streams", () => {
  it("cuts lines wherever the network cut the bytes", async () => {
    const lines: string[] = [];
    for await (const some of readLines(bodyOf("a\nb", "c\n\nlast"))) lines.push(...some);
    expect(lines).toEqual(["a", "bc", "", "last"]);
  });

  it("reads server-sent events", async () => {
    const events = [];
    for await (const event of readServerEvents(bodyOf(":\n\nevent: rows\nda", "ta: {\"a\":\ndata:1}\nid: 7\n\ndata: x\n\n"))) events.push(event);
    expect(events).toEqual([
      { name: "rows", data: '{"a":\n1}', id: "7" },
      { name: "message", data: "x", id: "7" },
    ]);
  });
});
