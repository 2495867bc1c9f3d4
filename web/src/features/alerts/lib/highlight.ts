export interface Part {
  text: string;
  hit: boolean;
}

const whole = (text: string): Part[] => [{ text, hit: true }];

// Pieces between unescaped wildcards of Sigma: * any text, ? any character, \ before them takes their meaning.
function literalPieces(pattern: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (let i = 0; i < pattern.length; i += 1) {
    const c = pattern.charAt(i);
    const next = pattern.charAt(i + 1);
    if (c === "\\" && (next === "*" || next === "?" || next === "\\")) {
      piece += next;
      i += 1;
    } else if (c === "*" || c === "?") {
      if (piece) pieces.push(piece);
      piece = "";
    } else piece += c;
  }
  if (piece) pieces.push(piece);
  return pieces;
}

function mark(text: string, spans: readonly (readonly [number, number])[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const [start, end] of spans) {
    if (start > at) parts.push({ text: text.slice(at, start), hit: false });
    parts.push({ text: text.slice(start, end), hit: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hit: false });
  return parts;
}

/** The parts of a value that a rule's pattern hit. A pattern that is no plain text (re, cidr, lt ...) hits the whole value. */
export function highlight(value: string, modifier: string, pattern: string): Part[] {
  const kinds = modifier.split("|");
  if (kinds.some((kind) => !["", "all", "contains", "startswith", "endswith", "cased", "windash"].includes(kind))) return whole(value);
  const pieces = literalPieces(pattern);
  if (pieces.length === 0) return whole(value);
  const low = value.toLowerCase();
  const spans: [number, number][] = [];
  let from = kinds.includes("endswith") && pieces.length === 1 ? Math.max(0, value.length - (pieces[0]?.length ?? 0)) : 0;
  for (const piece of pieces) {
    const start = low.indexOf(piece.toLowerCase(), from);
    if (start < 0) return whole(value);
    from = start + piece.length;
    spans.push([start, from]);
  }
  return mark(value, spans);
}
