import { SegmentedControl } from "@mantine/core";
import { useMemo, useRef } from "react";
import type { Row } from "@/api-client";
import { EmptyState } from "@/components";
import { t } from "@/lib/messages";
import { useSize } from "@/lib/use-size";
import { chartData, type ChartData } from "@/viz/table-chart";
import type { ChartKind } from "../model/search-params";
import { BarList } from "./charts/bar-list";
import { HeatMap } from "./charts/heat-map";
import { XyChart } from "./charts/xy-chart";
import styles from "./charts/charts.module.css";

interface Props {
  columns: readonly string[];
  rows: readonly Row[];
  /** Columns that rows are grouped by. */
  keys: readonly string[];
  kind: ChartKind | undefined;
  onKind: (kind: ChartKind) => void;
}

const kinds: readonly ChartKind[] = ["line", "area", "bar", "heat", "top"];

function fitting(data: ChartData): ChartKind {
  if (data.kind === "time") return data.series.length > 8 ? "heat" : "line";
  return data.series.length > 1 && data.kind === "category" && data.positions.length > 1 ? "heat" : "top";
}

/** The same rows as a chart. */
export function ResultChart({ columns, rows, keys, kind, onKind }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(host);
  const data = useMemo(() => chartData(columns, rows, keys), [columns, rows, keys]);
  const chosen = kind ?? (data ? fitting(data) : "bar");
  return (
    <section className={styles.panel} aria-label={t("search.chart")}>
      <div className={styles.head}>
        <SegmentedControl
          aria-label={t("search.chart.kind")}
          value={chosen}
          onChange={(value) => onKind(kinds.find((one) => one === value) ?? "bar")}
          data={kinds.map((value) => ({ value, label: t(`search.chart.${value}`) }))}
        />
      </div>
      <div ref={host} className={styles.canvas}>
        {data === undefined ? (
          <EmptyState title={t("search.chart.none")} hint={t("search.chart.none.hint")} />
        ) : (
          width > 0 && <Chart data={data} kind={chosen} width={width} height={height} />
        )}
      </div>
    </section>
  );
}

function Chart({ data, kind, width, height }: { data: ChartData; kind: ChartKind; width: number; height: number }) {
  if (kind === "top") return <BarList data={data} />;
  if (kind === "heat") return <HeatMap data={data} width={width} height={height} />;
  return <XyChart data={data} kind={kind} width={width} height={height} />;
}
