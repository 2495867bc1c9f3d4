import { Button } from "@mantine/core";
import { useMemo } from "react";
import { DataTable, EmptyState, ErrorState, LoadingState, type Column } from "@/components";
import { t } from "@/lib/messages";
import { formatCount, formatPercent } from "@/lib/numbers";
import type { TimeRange } from "@/lib/time";
import { valueText } from "@/lib/values";
import { useRows } from "../api/use-rows";
import { findPatterns, type Pattern } from "../model/patterns";
import styles from "./patterns-view.module.css";

interface Props {
  query: string;
  range: TimeRange;
  onFilter: (filter: string) => void;
}

const sample = 10_000;
const columnsAsked = ["message", "event.original"];

/** Lines of the same shape, counted, over the newest events. */
export function PatternsView({ query, range, onFilter }: Props) {
  const answer = useRows({ query, ...range, columns: columnsAsked, sort: [], limit: sample }, true);
  const patterns = useMemo(() => (answer.status === "running" ? [] : findPatterns(answer.rows)), [answer.status, answer.rows]);
  const columns = useMemo((): Column<Pattern>[] => [
    { id: "count", header: t("search.patterns.count"), width: 80, align: "right", value: (one) => one.count, cell: (one) => formatCount(one.count) },
    {
      id: "share",
      header: t("search.patterns.share"),
      width: 110,
      value: (one) => one.share,
      cell: (one) => (
        <span className={styles.share}>
          <i style={{ width: `${Math.max(2, one.share * 100)}%` }} />
          <span>{formatPercent(one.share)}</span>
        </span>
      ),
    },
    {
      id: "template",
      header: t("search.patterns.template"),
      width: 600,
      grow: true,
      fixed: true,
      cell: (one) => (
        <span className={styles.template} title={one.example}>
          {one.template.split(/(<\w+>)/).map((part, index) => (index % 2 === 1 ? <b key={index}>{part}</b> : part))}
        </span>
      ),
    },
    {
      id: "filter",
      header: "",
      width: 90,
      cell: (one) =>
        one.phrase !== "" && (
          <Button variant="subtle" size="compact-xs" onClick={() => onFilter(valueText(one.phrase))}>
            {t("search.patterns.filter")}
          </Button>
        ),
    },
  ], [onFilter]);
  if (answer.status === "failed") return <ErrorState error={answer.error} onRetry={answer.again} />;
  if (answer.status === "running") return <LoadingState label={t("search.patterns.looking")} />;
  const total = answer.outcome?.total ?? answer.rows.length;
  return (
    <>
      <div className={styles.note}>{t("search.patterns.of", { patterns: patterns.length, rows: answer.rows.length, total })}</div>
      <DataTable
        id="search.patterns"
        label={t("search.patterns")}
        columns={columns}
        rows={patterns}
        rowId={(one) => one.template}
        empty={<EmptyState title={t("search.patterns.none")} hint={t("search.patterns.none.hint")} />}
      />
    </>
  );
}
