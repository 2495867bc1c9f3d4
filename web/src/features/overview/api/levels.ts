export interface LevelVolume {
  times: number[];
  interval: number;
  /** From informational to critical. */
  counts: number[][];
}

type Counts = readonly { time: string; count: number }[];

/** Counts of each level, from counts of each level and those above it, lowest first. */
export function byLevel(cumulative: readonly Counts[]): LevelVolume {
  const times = (cumulative[0] ?? []).map((bucket) => Date.parse(bucket.time));
  const [first, second] = times;
  return {
    times,
    interval: first !== undefined && second !== undefined ? second - first : 60_000,
    counts: cumulative.map((level, index) =>
      times.map((_, bucket) => Math.max(0, (level[bucket]?.count ?? 0) - (cumulative[index + 1]?.[bucket]?.count ?? 0))),
    ),
  };
}
