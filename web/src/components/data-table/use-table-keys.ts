import type { KeyboardEvent } from "react";

interface Keys {
  count: number;
  active: number;
  page: number;
  move: (index: number) => void;
  open: ((index: number) => void) | undefined;
  select: ((index: number, range: boolean) => void) | undefined;
  selectAll: (() => void) | undefined;
}

/** Rows by keyboard: j k, arrows, Home, End, pages, Enter, x. */
export function tableKeyHandler({ count, active, page, move, open, select, selectAll }: Keys) {
  const clamp = (index: number) => Math.max(0, Math.min(count - 1, index));
  return (event: KeyboardEvent<HTMLElement>): void => {
    const own = event.target === event.currentTarget;
    if (count === 0 || !own || event.altKey) return;
    const modified = event.ctrlKey || event.metaKey;
    const actions: Record<string, (() => void) | undefined> = modified
      ? { a: selectAll }
      : {
          j: () => move(clamp(active + 1)),
          ArrowDown: () => move(clamp(active + 1)),
          k: () => move(clamp(active < 0 ? 0 : active - 1)),
          ArrowUp: () => move(clamp(active < 0 ? 0 : active - 1)),
          PageDown: () => move(clamp(active + page)),
          PageUp: () => move(clamp(active - page)),
          Home: () => move(0),
          End: () => move(count - 1),
          Enter: active >= 0 && open ? () => open(active) : undefined,
          x: active >= 0 && select ? () => select(active, false) : undefined,
          X: active >= 0 && select ? () => select(active, true) : undefined,
        };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
}
