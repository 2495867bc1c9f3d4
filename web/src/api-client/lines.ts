/** Cuts a body into lines as it comes. */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      if (lines.length > 0) yield lines;
      if (done) break;
    }
    if (rest !== "") yield [rest];
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
