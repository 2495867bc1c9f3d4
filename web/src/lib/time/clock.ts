import { useEffect } from "react";
import { createStore, useStore } from "../store";

const now = createStore(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The time, moving on each ten seconds: enough for "3 m ago". */
export function useNow(): number {
  useEffect(() => {
    users += 1;
    timer ??= setInterval(() => now.set(Date.now()), 10_000);
    now.set(Date.now());
    return () => {
      users -= 1;
      if (users > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return useStore(now);
}
