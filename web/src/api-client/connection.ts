import { createStore } from "@/lib/store";

export type Connection = "online" | "unreachable";

/** Whether the node answers. */
export const connection = createStore<Connection>("online");

const probeEvery = 3_000;
let probe: ReturnType<typeof setTimeout> | undefined;

async function look(): Promise<void> {
  try {
    await fetch("/api/v1/setup", { cache: "no-store" });
    reached();
  } catch {
    probe = setTimeout(() => void look(), probeEvery);
  }
}

export function reached(): void {
  clearTimeout(probe);
  probe = undefined;
  connection.set("online");
}

/** Asks for the node until it answers again. */
export function unreachable(): void {
  connection.set("unreachable");
  probe ??= setTimeout(() => void look(), probeEvery);
}

if (typeof window !== "undefined") {
  window.addEventListener("offline", unreachable);
  window.addEventListener("online", tryAgainNow);
}

export function tryAgainNow(): void {
  clearTimeout(probe);
  void look();
}
