import { createStore } from "@/lib/store";

/** What a request that was refused waits for: a new sign-in, or the password once more. */
export type Demand = "session" | "confirmation";

interface Waiting {
  demand: Demand;
  answer: Promise<boolean>;
  settle: (given: boolean) => void;
}

/** The demand on the person at the console, if any. Dialogs follow it. */
export const gate = createStore<Waiting | null>(null);

/** Resolves with true when the person has given what was asked for, and the request can be sent again. */
export async function ask(demand: Demand): Promise<boolean> {
  const open = gate.get();
  if (open) {
    const given = await open.answer;
    return open.demand === demand || !given ? given : ask(demand);
  }
  let settle: (given: boolean) => void = () => undefined;
  const answer = new Promise<boolean>((resolve) => {
    settle = (given) => {
      gate.set(null);
      resolve(given);
    };
  });
  gate.set({ demand, answer, settle });
  return answer;
}
