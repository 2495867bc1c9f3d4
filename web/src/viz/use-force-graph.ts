import { useEffect, useRef, useState } from "react";
import type { GraphInput } from "./force-graph";
import type { GraphNews, GraphOrder } from "./force-graph.worker";

/** Positions of a graph's nodes as a worker finds them; `pin` moves and holds a node. */
export function useForceGraph(graph: GraphInput) {
  const worker = useRef<Worker>(undefined);
  const run = useRef(0);
  const [news, setNews] = useState<GraphNews>();
  useEffect(() => {
    const made = new Worker(new URL("./force-graph.worker.ts", import.meta.url), { type: "module" });
    made.onmessage = ({ data }: MessageEvent<GraphNews>) => {
      if (data.run === run.current) setNews(data);
    };
    worker.current = made;
    return () => {
      made.terminate();
      worker.current = undefined;
    };
  }, []);
  useEffect(() => {
    run.current += 1;
    worker.current?.postMessage({ kind: "start", run: run.current, graph } satisfies GraphOrder);
  }, [graph]);
  const pin = (index: number, at: { x: number; y: number } | null) =>
    worker.current?.postMessage({ kind: "pin", index, at } satisfies GraphOrder);
  const fits = news && news.positions.length === graph.radii.length * 2;
  return { positions: fits ? news.positions : undefined, resting: news?.resting ?? false, pin };
}
