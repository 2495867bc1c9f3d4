import type { Command } from "@/lib/keyboard";

/** How well a text fits: 0 not at all; beginnings of words before places within, before scattered letters. */
export function score(label: string, text: string): number {
  const hay = label.toLowerCase();
  const needle = text.trim().toLowerCase();
  if (needle === "") return 1;
  if (hay.startsWith(needle)) return 5;
  if (hay.includes(` ${needle}`)) return 4;
  if (hay.includes(needle)) return 3;
  let at = 0;
  for (const letter of needle) {
    at = hay.indexOf(letter, at) + 1;
    if (at === 0) return 0;
  }
  return 1;
}

/** The commands that fit, best first, those of a group together. */
export function rankCommands(commands: readonly Command[], text: string): Command[] {
  const scored = commands
    .map((command) => ({ command, score: Math.max(score(command.label, text), score(command.words ?? "", text) - 1) }))
    .filter((entry) => entry.score > 0);
  const best = new Map<string, number>();
  for (const { command, score: own } of scored) best.set(command.group, Math.max(best.get(command.group) ?? 0, own));
  const order = [...new Set(commands.map((command) => command.group))];
  return scored
    .sort(
      (a, b) =>
        (best.get(b.command.group) ?? 0) - (best.get(a.command.group) ?? 0) ||
        order.indexOf(a.command.group) - order.indexOf(b.command.group) ||
        b.score - a.score,
    )
    .map((entry) => entry.command);
}
