import type { Schema } from "@/api-client";

export type GraphNode = Schema<"GraphNode"> | { id: string; kind: "incident"; label: string; risk: number; level: Schema<"Level">; alerts: number; entity_kind: null };
export interface GraphEdge {
  from: number;
  to: number;
  kind: string;
  weight: number;
  reason: string;
}
export interface GraphModel {
  nodes: GraphNode[];
  edges: GraphEdge[];
  radii: number[];
}

export interface Expansion {
  /** Id of the node from which it was asked. */
  of: string;
  incidents: readonly Schema<"IncidentItem">[];
}

const radiusOf = (node: GraphNode): number =>
  node.kind === "incident" ? 11 : node.kind === "member" ? 6 + 5 * Math.min(1, node.risk / 100) : 8 + 2.2 * Math.log2(1 + node.alerts);

/** The graph of an incident with the other incidents that were asked for; edges by index, none to what is not there. */
export function graphModel(graph: Schema<"IncidentGraph">, expansions: readonly Expansion[], reason: string): GraphModel {
  const nodes: GraphNode[] = [...graph.nodes];
  const place = new Map(nodes.map((node, index) => [node.id, index]));
  const edges: GraphEdge[] = [];
  const join = (from: string, to: string, kind: string, weight: number, why: string) => {
    const [a, b] = [place.get(from), place.get(to)];
    if (a !== undefined && b !== undefined && a !== b) edges.push({ from: a, to: b, kind, weight, reason: why });
  };
  for (const { from, to, kind, weight, reason: why } of graph.edges) join(from, to, kind, weight, why);
  for (const { of, incidents } of expansions) {
    for (const { id, title, risk, severity, alerts } of incidents) {
      if (!place.has(id)) {
        place.set(id, nodes.length);
        nodes.push({ id, kind: "incident", label: title, risk, level: severity, alerts, entity_kind: null });
      }
      join(of, id, "names", 0.4, reason);
    }
  }
  return { nodes, edges, radii: nodes.map(radiusOf) };
}

/** The edges of a node, the strongest first. */
export const edgesOf = (model: GraphModel, node: number): GraphEdge[] =>
  model.edges.filter((edge) => edge.from === node || edge.to === node).sort((a, b) => b.weight - a.weight);
