import { useEffect, useRef, type ReactNode } from "react";
import { createStore, useStore } from "../store";
import type { Keys } from "./keys";

/** An entry of the Ctrl-K palette. */
export interface Command {
  id: string;
  label: string;
  group: string;
  /** Other words that find it. */
  words?: string;
  icon?: ReactNode;
  keys?: Keys;
  run: () => void;
}

interface Registered {
  id: number;
  list: readonly Command[];
}

const registered = createStore<Registered[]>([]);
let nextId = 0;

export const useCommandList = (): Command[] => {
  const all = useStore(registered).flatMap((entry) => entry.list);
  return [...new Map(all.map((command) => [command.id, command])).values()];
};

export const paletteOpen = createStore(false);

/** Commands of a component while it is there. */
export function useCommands(list: readonly Command[]): void {
  const latest = useRef(list);
  useEffect(() => {
    latest.current = list;
  });
  const shape = JSON.stringify(list.map(({ id, label, group, words, keys }) => [id, label, group, words, keys]));
  useEffect(() => {
    nextId += 1;
    const id = nextId;
    const stable = latest.current.map((command, index) => ({ ...command, run: () => latest.current[index]?.run() }));
    registered.set((entries) => [...entries, { id, list: stable }]);
    return () => registered.set((entries) => entries.filter((entry) => entry.id !== id));
  }, [shape]);
}
