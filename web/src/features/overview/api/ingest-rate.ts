import { createStore, useStore } from "@/lib/store";

export interface RateState {
  /** Events since the node knows its sources. */
  total: number;
  at: number;
  /** Events a second, the newest last. */
  rates: number[];
}

const most = 60;
const shortest = 1_000;

/** The state after another look at the counters. Counters that fall begin anew: the node has forgotten sources. */
export function measure(state: RateState | undefined, total: number, at: number): RateState {
  if (!state || total < state.total) return { total, at, rates: [] };
  if (at - state.at < shortest) return state;
  const rate = ((total - state.total) * 1000) / (at - state.at);
  return { total, at, rates: [...state.rates, rate].slice(-most) };
}

const store = createStore<RateState | undefined>(undefined);

export const noteTotal = (total: number): void => store.set((state) => measure(state, total, Date.now()));

export const useIngestRate = (): readonly number[] => useStore(store)?.rates ?? [];
