import { scaleUtc } from "d3-scale";

export interface TimelineInput {
  id: string;
  /** Milliseconds. */
  start: number;
  end: number;
  lanes: readonly string[];
}

export interface TimelineMark {
  id: string;
  lane: string;
  x: number;
  y: number;
  width: number;
}

export interface TimelineLane {
  lane: string;
  y: number;
  height: number;
}

export interface TimelineLayout {
  marks: TimelineMark[];
  lanes: TimelineLane[];
  ticks: { x: number; time: Date }[];
  height: number;
}

interface Input {
  items: readonly TimelineInput[];
  lanes: readonly string[];
  from: number;
  to: number;
  width: number;
}

export const markHeight = 12;
const rowGap = 3;
const lanePad = 6;
const leastWidth = 9;
const mostRows = 6;

/** Marks in lanes over a span of time. Those that would cover each other lie in rows; past six rows they share the last. */
export function layOutTimeline({ items, lanes, from, to, width }: Input): TimelineLayout {
  const x = scaleUtc([from, Math.max(to, from + 1)], [0, Math.max(width, 1)]);
  const marks: TimelineMark[] = [];
  const placed: TimelineLane[] = [];
  let y = 0;
  for (const lane of lanes) {
    const ends: number[] = [];
    const own = items.filter((item) => item.lanes.includes(lane)).sort((a, b) => a.start - b.start);
    for (const item of own) {
      const left = x(item.start);
      const wide = Math.max(leastWidth, x(item.end) - left);
      if (left + wide < 0 || left > width) continue;
      let row = ends.findIndex((end) => end < left);
      if (row < 0) row = Math.min(ends.length, mostRows - 1);
      ends[row] = Math.max(ends[row] ?? 0, left + wide + 1);
      marks.push({ id: item.id, lane, x: left, y: y + lanePad + row * (markHeight + rowGap), width: wide });
    }
    const rows = Math.max(1, ends.length);
    const height = 2 * lanePad + rows * markHeight + (rows - 1) * rowGap;
    placed.push({ lane, y, height });
    y += height;
  }
  const ticks = x.ticks(Math.max(2, Math.round(width / 110))).map((time) => ({ x: x(time), time }));
  return { marks, lanes: placed, ticks, height: y };
}

/** The span after zooming by a factor around a share (0 to 1) of the width. */
export function zoomSpan([from, to]: readonly [number, number], factor: number, around: number): [number, number] {
  const least = 1_000;
  const size = Math.max(least, (to - from) * factor);
  const anchor = from + (to - from) * around;
  return [anchor - size * around, anchor + size * (1 - around)];
}
