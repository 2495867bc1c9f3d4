/** `mod+k`, `shift+e`, `?`, or a sequence `g s`. `mod` is Ctrl, on a Mac Command. */
export type Keys = string;

export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The name of what was pressed, as Keys write it. */
export function nameOf(event: KeyboardEvent): string {
  const key = event.key === " " ? "space" : event.key.toLowerCase();
  const mod = isMac() ? event.metaKey : event.ctrlKey;
  const parts: string[] = [];
  if (mod) parts.push("mod");
  if (event.altKey) parts.push("alt");
  // A character such as ? has its shift in it.
  if (event.shiftKey && (key.length > 1 || /[a-z0-9]/.test(key))) parts.push("shift");
  parts.push(key);
  return parts.join("+");
}

const shown: Record<string, string> = {
  escape: "Esc",
  enter: "Enter",
  arrowup: "↑",
  arrowdown: "↓",
  arrowleft: "←",
  arrowright: "→",
  space: "Space",
  shift: "Shift",
  alt: "Alt",
};

/** The caps to draw for keys: [["Ctrl", "K"]] or, for a sequence, [["G"], ["S"]]. */
export function capsOf(keys: Keys): string[][] {
  return keys.split(" ").map((step) =>
    step.split("+").map((part) => {
      if (part === "mod") return isMac() ? "⌘" : "Ctrl";
      return shown[part] ?? (part.length === 1 ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1));
    }),
  );
}
