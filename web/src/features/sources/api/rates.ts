import { createStore, useStore } from "@/lib/store";

export interface Counter {
  events: number;
  at: number;
  /** Events a second and when, the newest last. */
  points: { time: number; rate: number }[];
}

const most = 120;
const shortest = 1_000;
const noPoints: Counter["points"] = [];

/** Counters after another look at them; those that fell begin anew. */
export function measure(
  known: ReadonlyMap<string, Counter>,
  seen: readonly { key: string; events: number }[],
  at: number,
): ReadonlyMap<string, Counter> {
  return new Map(
    seen.map(({ key, events }) => {
      const old = known.get(key);
      if (!old || events < old.events) return [key, { events, at, points: [] }];
      if (at - old.at < shortest) return [key, old];
      const rate = ((events - old.events) * 1000) / (at - old.at);
      return [key, { events, at, points: [...old.points, { time: at, rate }].slice(-most) }];
    }),
  );
}

const counters = createStore<ReadonlyMap<string, Counter>>(new Map());

export const noteCounters = (sources: readonly { listener: string; source: string; events: number }[]): void =>
  counters.set((known) =>
    measure(known, sources.map(({ listener, source, events }) => ({ key: `${listener}\u0000${source}`, events })), Date.now()),
  );

/** What was measured for a source while a page looked. */
export const useRates = (key: string): Counter["points"] => useStore(counters).get(key)?.points ?? noPoints;
