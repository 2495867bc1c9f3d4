import { Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api, unwrap } from "@/api-client";
import { EmptyState, ErrorState, explain, LoadingState, Severity } from "@/components";
import { t } from "@/lib/messages";
import { formatPercent } from "@/lib/numbers";
import { toast } from "@/lib/toast";
import { useGraph } from "../api/queries";
import type { Incident } from "../api/types";
import { edgesOf, graphModel, type Expansion, type GraphModel } from "../lib/graph-model";
import { GraphView } from "./graph-view";
import styles from "./graph.module.css";
import { Risk } from "./labels";

const sizes = [150, 300, 500];

/** Alerts and what they are about, joined by why they belong together. */
export function GraphTab({ incident }: { incident: Incident }) {
  const [size, setSize] = useState(0);
  const graph = useGraph(incident.id, sizes[size] ?? 500);
  const [expansions, setExpansions] = useState<Expansion[]>([]);
  const [chosen, setChosen] = useState<string>();
  const queries = useQueryClient();
  const data = graph.data;
  const model = useMemo(() => data && graphModel(data, expansions, t("incidents.graph.named")), [data, expansions]);
  if (graph.error) return <ErrorState error={graph.error} onRetry={() => void graph.refetch()} />;
  if (!model || !data) return <LoadingState />;
  if (model.nodes.length === 0) return <EmptyState title={t("incidents.graph.none")} hint={t("incidents.graph.none.hint")} />;

  const expand = async (id: string) => {
    const node = data.nodes.find((one) => one.id === id);
    if (node?.kind !== "entity") return;
    const entity = node.entity_kind ? `${node.entity_kind}:${node.label}` : node.label;
    try {
      const page = await queries.query({
        queryKey: ["incidents", "naming", entity],
        queryFn: () => unwrap(api.GET("/incidents", { params: { query: { entity, limit: 25 } } })),
      });
      const incidents = page.items.filter((item) => item.id !== incident.id);
      if (incidents.length === 0) toast.info(t("incidents.graph.noother"));
      setExpansions((old) => [...old.filter(({ of }) => of !== id), { of: id, incidents }]);
    } catch (error) {
      toast.error(t("incidents.graph.failed"), explain(error));
    }
  };
  return (
    <div className={styles.split}>
      <GraphView model={model} chosen={chosen} onChoose={setChosen} onExpand={(id) => void expand(id)} />
      <aside className={styles.side} aria-label={t("incidents.graph.why")}>
        <Facts model={model} chosen={chosen} onChoose={setChosen} onExpand={(id) => void expand(id)} />
        {data.cut && size < sizes.length - 1 && (
          <Group mt="sm" gap="xs">
            <span className={styles.muted}>{t("incidents.graph.cut", { count: data.nodes.length })}</span>
            <Button variant="default" size="compact-xs" loading={graph.isFetching} onClick={() => setSize(size + 1)}>
              {t("incidents.graph.more")}
            </Button>
          </Group>
        )}
      </aside>
    </div>
  );
}

interface FactsProps {
  model: GraphModel;
  chosen: string | undefined;
  onChoose: (id: string) => void;
  onExpand: (id: string) => void;
}

function Facts({ model, chosen, onChoose, onExpand }: FactsProps) {
  const index = model.nodes.findIndex((node) => node.id === chosen);
  const node = model.nodes[index];
  if (!node) return <p className={styles.muted}>{t("incidents.graph.hint", { nodes: model.nodes.length, edges: model.edges.length })}</p>;
  const edges = edgesOf(model, index);
  return (
    <>
      <div className={styles.kind}>{node.kind === "entity" ? (node.entity_kind ?? node.kind) : t(`incidents.graph.${node.kind}`)}</div>
      <h2 className={styles.name}>{node.label}</h2>
      <div className={styles.facts}>
        {node.level && <Severity level={node.level} />}
        <span className={styles.muted}>{t("incidents.entities.alerts", { count: node.alerts })}</span>
        <span style={{ width: 90 }}>
          <Risk risk={node.risk} />
        </span>
      </div>
      <Group gap={6} my="xs">
        {node.kind === "entity" && node.entity_kind && (
          <>
            <Button variant="default" size="compact-xs" onClick={() => onExpand(node.id)}>
              {t("incidents.graph.expand")}
            </Button>
            <Link to={"/entities/$kind/$value"} params={{ kind: node.entity_kind, value: node.label } as never}>
              {t("common.value.entity")}
            </Link>
          </>
        )}
        {node.kind === "incident" && (
          <Link to="/incidents/$id" params={{ id: node.id }}>
            {t("incidents.key.open")}
          </Link>
        )}
      </Group>
      <div className={styles.kind}>{t("incidents.graph.links", { count: edges.length })}</div>
      <ul className={styles.links}>
        {edges.map((edge, at) => {
          const other = model.nodes[edge.from === index ? edge.to : edge.from];
          return (
            <li key={at}>
              <button type="button" className={styles.link} onClick={() => other && onChoose(other.id)}>
                <b>{other?.label}</b>
                <span className={styles.muted}>
                  {t(`incidents.link.${edge.kind as "names"}`)}, {formatPercent(edge.weight)}
                </span>
                <span>{edge.reason}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}
