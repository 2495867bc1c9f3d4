import { useEffect, useReducer, useRef, useState } from "react";
import { streamEvents, type Row, type StreamState } from "@/api-client";

const mostRows = 5_000;
const rateSpan = 5_000;

export interface LiveTail {
  rows: readonly Row[];
  state: StreamState;
  error: unknown;
  /** Events a second, over the last five. */
  rate: number;
  dropped: number;
  paused: boolean;
  /** Events that came while paused. */
  waiting: number;
  setPaused: (paused: boolean) => void;
  clear: () => void;
}

interface Arrived {
  at: number;
  count: number;
}

/** Events as they come, the newest first; bounded. For another query, mount anew. */
export function useLiveTail(query: string, enabled: boolean): LiveTail {
  const [rows, setRows] = useState<readonly Row[]>([]);
  const [state, setState] = useState<StreamState>("connecting");
  const [error, setError] = useState<unknown>();
  const [dropped, setDropped] = useState(0);
  const [paused, setPausedState] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const [now, tick] = useReducer(() => Date.now(), 0);
  const held = useRef<Row[]>([]);
  const pausedNow = useRef(false);
  const arrived = useRef<Arrived[]>([]);
  const [rate, setRate] = useState(0);

  useEffect(() => {
    if (!enabled) return;
    const controller = new AbortController();
    const receive = (more: Row[], left: number) => {
      arrived.current.push({ at: Date.now(), count: more.length });
      setDropped(left);
      // The newest of a batch is its last.
      held.current = [...more.slice().reverse(), ...held.current].slice(0, mostRows);
      if (pausedNow.current) {
        setWaiting((count) => count + more.length);
        return;
      }
      const next = held.current;
      held.current = [];
      setRows((old) => [...next, ...old].slice(0, mostRows));
    };
    streamEvents(query, { signal: controller.signal, onState: setState, onRows: receive }).catch(setError);
    return () => controller.abort();
  }, [query, enabled]);

  useEffect(() => {
    if (!enabled) return;
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [enabled]);
  useEffect(() => {
    const current = Date.now();
    arrived.current = arrived.current.filter(({ at }) => current - at < rateSpan);
    setRate((arrived.current.reduce((sum, { count }) => sum + count, 0) * 1_000) / rateSpan);
  }, [now]);

  const setPaused = (pause: boolean) => {
    pausedNow.current = pause;
    setPausedState(pause);
    if (pause) return;
    const next = held.current;
    held.current = [];
    setWaiting(0);
    setRows((old) => [...next, ...old].slice(0, mostRows));
  };
  const clear = () => {
    held.current = [];
    setWaiting(0);
    setRows([]);
  };
  return { rows, state, error, rate, dropped, paused, waiting, setPaused, clear };
}
