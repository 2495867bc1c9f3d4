import { severityColor } from "@/components";
import { t } from "@/lib/messages";
import type { GraphModel, GraphNode } from "../lib/graph-model";
import styles from "./graph.module.css";
import type { View } from "./graph-view";

export interface MarksProps {
  model: GraphModel;
  positions: Float32Array;
  view: View;
  chosen: string | undefined;
  pinned: ReadonlySet<string>;
  width: number;
  height: number;
}

const entityTokens: Record<string, string> = {
  user: "--v-series-1",
  host: "--v-series-2",
  ip: "--v-series-6",
  process: "--v-series-4",
  file: "--v-series-7",
  hash: "--v-series-3",
  domain: "--v-series-5",
  cloud_account: "--v-series-other",
};

/** The token of a node: its level for alerts and incidents, its kind for entities. */
export const tokenOf = (node: GraphNode): string =>
  node.kind === "entity" ? (entityTokens[node.entity_kind ?? ""] ?? "--v-series-other") : `--v-severity-${node.level ?? "informational"}`;

const shortLabel = (node: GraphNode): string => {
  const text = node.kind === "entity" && /[\\/]/.test(node.label) && node.entity_kind !== "user" ? (node.label.split(/[\\/]/).at(-1) ?? node.label) : node.label;
  const most = node.entity_kind === "hash" ? 12 : 24;
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};

/** The graph as SVG: each node can be reached by keyboard. */
export function GraphMarks({ model, positions, view, chosen, pinned, width, height, onChoose, onExpand }: MarksProps & { onChoose: (id: string) => void; onExpand: (id: string) => void }) {
  const chosenIndex = model.nodes.findIndex((node) => node.id === chosen);
  const near = new Set(model.edges.filter((edge) => edge.from === chosenIndex || edge.to === chosenIndex).flatMap((edge) => [edge.from, edge.to]));
  const x = (index: number) => positions[index * 2] ?? 0;
  const y = (index: number) => positions[index * 2 + 1] ?? 0;
  return (
    <svg width={width} height={height} className={styles.svg} role="group" aria-label={t("incidents.graph.title", { nodes: model.nodes.length, edges: model.edges.length })}>
      <g transform={`translate(${view.x},${view.y}) scale(${view.scale})`}>
        {model.edges.map((edge, index) => (
          <line
            key={index}
            x1={x(edge.from)}
            y1={y(edge.from)}
            x2={x(edge.to)}
            y2={y(edge.to)}
            className={styles.edge}
            data-kind={edge.kind === "names" ? undefined : "joined"}
            data-near={(chosenIndex >= 0 && (edge.from === chosenIndex || edge.to === chosenIndex)) || undefined}
            strokeWidth={0.8 + 1.8 * edge.weight}
          >
            <title>{edge.reason}</title>
          </line>
        ))}
        {model.nodes.map((node, index) => {
          const radius = model.radii[index] ?? 8;
          const color = node.kind === "entity" ? `var(${tokenOf(node)})` : severityColor(node.level ?? "informational");
          return (
            <g
              key={node.id}
              transform={`translate(${x(index)},${y(index)})`}
              className={styles.node}
              role="button"
              tabIndex={0}
              aria-pressed={node.id === chosen}
              aria-label={`${node.kind === "entity" ? (node.entity_kind ?? "") : t(`incidents.graph.${node.kind}`)} ${node.label}`}
              data-chosen={node.id === chosen || undefined}
              data-far={(chosenIndex >= 0 && index !== chosenIndex && !near.has(index)) || undefined}
              onKeyDown={(event) => {
                if (event.key === "Enter" || event.key === " ") {
                  event.preventDefault();
                  onChoose(node.id);
                } else if (event.key === "e") {
                  event.stopPropagation();
                  onExpand(node.id);
                }
              }}
            >
              {node.kind === "entity" ? (
                <circle r={radius} fill={color} />
              ) : (
                <rect x={-radius} y={-radius} width={2 * radius} height={2 * radius} rx={node.kind === "incident" ? radius / 2 : 2} fill={color} />
              )}
              {pinned.has(node.id) && <circle r={2.5} className={styles.pin} />}
              <text y={radius + 11 * Math.min(1, 1 / view.scale)} className={styles.label} style={{ fontSize: 10.5 / view.scale, strokeWidth: 3 / view.scale }}>
                {shortLabel(node)}
              </text>
              <title>{node.label}</title>
            </g>
          );
        })}
      </g>
    </svg>
  );
}
