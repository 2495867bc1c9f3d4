import { useEffect, useRef } from "react";
import { createStore, useStore } from "../store";
import { nameOf, type Keys } from "./keys";

export interface Shortcut {
  keys: Keys;
  /** What the help sheet says. */
  label: string;
  group: string;
  run?: (event: KeyboardEvent) => void;
  /** Also while the focus is in a text field. */
  whileTyping?: boolean;
  enabled?: boolean;
}

interface Registered {
  id: number;
  list: readonly Shortcut[];
}

const registered = createStore<Registered[]>([]);
const sequencePause = 1_000;
let nextId = 0;
let begun = "";
let begunAt = 0;

/** Everything that the help sheet lists, in the order of registration. */
export const useShortcutList = (): Shortcut[] => useStore(registered).flatMap((entry) => entry.list);

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

// A modal dialog keeps the focus; one that is fading away has lost it.
const inDialog = (): boolean => document.activeElement?.closest("[role=dialog][aria-modal=true]") != null;

function candidates(typing: boolean): Shortcut[] {
  return registered
    .get()
    .flatMap((entry) => entry.list)
    .filter((shortcut) => shortcut.run && shortcut.enabled !== false && (!typing || shortcut.whileTyping))
    .reverse();
}

/** Handles a key press; the page that registered last comes first. Exported for tests. */
export function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ["Control", "Shift", "Alt", "Meta"].includes(event.key)) return;
  if (inDialog()) return;
  const name = nameOf(event);
  const typing = isTyping(event.target);
  const list = candidates(typing);
  const sequence = begun && Date.now() - begunAt < sequencePause ? `${begun} ${name}` : undefined;
  const found = list.find((shortcut) => shortcut.keys === sequence) ?? list.find((shortcut) => shortcut.keys === name);
  begun = "";
  if (found) {
    event.preventDefault();
    found.run?.(event);
  } else if (list.some((shortcut) => shortcut.keys.startsWith(`${name} `))) {
    begun = name;
    begunAt = Date.now();
  }
}

/** Call once: listens for the life of the page. */
export function useShortcutListener(): void {
  useEffect(() => {
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}

/** Shortcuts of a component while it is there. The handlers may change at each render. */
export function useShortcuts(list: readonly Shortcut[]): void {
  const latest = useRef(list);
  useEffect(() => {
    latest.current = list;
  });
  const shape = JSON.stringify(list.map(({ keys, label, group, whileTyping, enabled, run }) => [keys, label, group, whileTyping, enabled, !!run]));
  useEffect(() => {
    nextId += 1;
    const id = nextId;
    const stable = latest.current.map((shortcut, index) => ({
      ...shortcut,
      ...(shortcut.run ? { run: (event: KeyboardEvent) => latest.current[index]?.run?.(event) } : {}),
    }));
    registered.set((entries) => [...entries, { id, list: stable }]);
    return () => registered.set((entries) => entries.filter((entry) => entry.id !== id));
  }, [shape]);
}
