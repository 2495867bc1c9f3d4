import { readLines } from "./lines";

export interface ServerEvent {
  name: string;
  data: string;
  id: string;
}

/** Server-sent events of a body (WHATWG HTML, section 9.2). */
export async function* readServerEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  let name = "";
  let data: string[] = [];
  let id = "";
  for await (const lines of readLines(body)) {
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line === "") {
        if (data.length > 0) yield { name: name || "message", data: data.join("\n"), id };
        name = "";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
      if (field === "event") name = value;
      else if (field === "data") data.push(value);
      else if (field === "id") id = value;
    }
  }
}
