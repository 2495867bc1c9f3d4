import { describe, expect, it } from "vitest";
import type { Schema } from "@/api-client";
import { edgesOf, graphModel } from "./graph-model";

const node = (id: string, kind: "entity" | "member"): Schema<"GraphNode"> => ({
  id, kind, label: id, entity_kind: kind === "entity" ? "host" : null, level: null, alerts: 1, risk: 50, first: null, last: null,
});
const graph: Schema<"IncidentGraph"> = {
  nodes: [node("m", "member"), node("e", "entity")],
  edges: [
    { from: "m", to: "e", kind: "names", weight: 0.5, reason: "names it" },
    { from: "m", to: "gone", kind: "time", weight: 1, reason: "cut away" },
  ],
  cut: true,
};
const other = { id: "inc-2", title: "Other", risk: 70, severity: "high", alerts: 3 } as Schema<"IncidentItem">;

describe("graphModel", () => {
  it("drops edges to nodes that were cut away", () => expect(graphModel(graph, [], "").edges).toHaveLength(1));
  it("joins an incident that two entities name once", () => {
    const model = graphModel(graph, [{ of: "e", incidents: [other] }, { of: "m", incidents: [other] }], "named there");
    expect(model.nodes).toHaveLength(3);
    expect(edgesOf(model, 2).map((edge) => edge.reason)).toEqual(["named there", "named there"]);
  });
});
