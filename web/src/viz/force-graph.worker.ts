import { ForceGraph, type GraphInput } from "./force-graph";

export type GraphOrder =
  | { kind: "start"; run: number; graph: GraphInput }
  | { kind: "pin"; index: number; at: { x: number; y: number } | null };

export interface GraphNews {
  run: number;
  positions: Float32Array;
  resting: boolean;
}

const stepsAtOnce = 6;
const pause = 16;

let graph: ForceGraph | undefined;
let run = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function advance(): void {
  timer = undefined;
  if (!graph) return;
  const moving = graph.step(stepsAtOnce);
  const news: GraphNews = { run, positions: graph.positions(), resting: !moving };
  self.postMessage(news);
  if (moving) timer = setTimeout(advance, pause);
}

self.onmessage = ({ data }: MessageEvent<GraphOrder>) => {
  if (data.kind === "start") {
    graph = new ForceGraph(data.graph);
    run = data.run;
  } else graph?.pin(data.index, data.at);
  timer ??= setTimeout(advance, 0);
};
