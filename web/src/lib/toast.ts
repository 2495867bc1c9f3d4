import { createStore } from "./store";

export interface Toast {
  id: string;
  kind: "info" | "success" | "error";
  text: string;
  detail?: string;
  undo?: () => void | Promise<void>;
  /** Milliseconds until it goes by itself; errors stay. */
  lifetime: number | undefined;
}

export const toasts = createStore<Toast[]>([]);
let count = 0;
const most = 4;

function show(kind: Toast["kind"], text: string, extra: Partial<Pick<Toast, "detail" | "undo">> = {}): void {
  count += 1;
  const lifetime = kind === "error" ? undefined : extra.undo ? 10_000 : 3_500;
  const next: Toast = { id: String(count), kind, text, lifetime, ...extra };
  toasts.set((shown) => [...shown, next].slice(-most));
}

export const dismissToast = (id: string): void => toasts.set((shown) => shown.filter((toast) => toast.id !== id));

/** Short messages in a corner. `undo` gives the person ten seconds to take it back. */
export const toast = {
  info: (text: string): void => show("info", text),
  success: (text: string, undo?: Toast["undo"]): void => show("success", text, undo ? { undo } : {}),
  error: (text: string, detail?: string): void => show("error", text, detail === undefined ? {} : { detail }),
};
