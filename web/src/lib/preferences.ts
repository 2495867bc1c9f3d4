import { createStore, useStore } from "./store";

export type Theme = "dark" | "light" | "contrast" | "system";

export interface Preferences {
  theme: Theme;
  /** An IANA name, or "browser". */
  timeZone: string;
  navigationCollapsed: boolean;
}

const key = "vedette.preferences";
const defaults: Preferences = { theme: "dark", timeZone: "browser", navigationCollapsed: false };

function read(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Preferences>;
    return { ...defaults, ...kept };
  } catch {
    return defaults;
  }
}

const store = createStore<Preferences>(read());

/** Preferences of this browser. */
export const preferences = {
  ...store,
  change(change: Partial<Preferences>): void {
    store.set((current) => ({ ...current, ...change }));
    keep(key, store.get());
  },
};

export const usePreferences = (): Preferences => useStore(store);

/** Keeps a value in this browser; a full or forbidden storage is no fault. */
export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // The value holds until the page is left.
  }
}

export function kept<T>(name: string, fallback: T): T {
  try {
    const text = localStorage.getItem(name);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}
