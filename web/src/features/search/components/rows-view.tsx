import { useEffect, useMemo, useRef, type ReactNode } from "react";
import { EmptyState, ErrorState } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { useTimeRange } from "@/lib/time";
import { useRows, type Question } from "../api/use-rows";
import { limits, sortOf, type FieldSort, type SearchParams } from "../model/search-params";
import { computedFields, groupKeys, isTable, type Pipeline } from "../model/stages";
import { idOf, summaryFields } from "../model/summary";
import { EventsTable } from "./events-table";
import { ExportMenu } from "./export-menu";
import { ResultChart } from "./result-chart";
import { ResultTable } from "./result-table";
import styles from "./rows-view.module.css";
import { StatusLine } from "./status-line";

interface Props {
  /** Otherwise only the bar with the choice of views is shown. */
  active: boolean;
  params: SearchParams;
  pipeline: Pipeline;
  columns: readonly string[];
  /** Runs the same search again when it grows. */
  runs: number;
  change: (next: Partial<SearchParams>, replace?: boolean) => void;
  onOpen: (id: string) => void;
  onIds: (ids: readonly string[]) => void;
  views: ReactNode;
}

const sortText = (sort: FieldSort | undefined) => sort && (sort.descending ? `-${sort.field}` : sort.field);

function askedColumns(pipeline: Pipeline, columns: readonly string[]): string[] | undefined {
  if (isTable(pipeline)) return undefined;
  const chosen = columns.length > 0 ? columns : [...computedFields(pipeline), ...summaryFields];
  return [...new Set(["@timestamp", "_id", ...chosen])];
}

/** The rows of the search: events, or what stages made of them, with a chart. */
export function RowsView({ active, params, pipeline, columns, runs, change, onOpen, onIds, views }: Props) {
  const { range } = useTimeRange();
  const mayExport = useCan("events.export");
  const table = isTable(pipeline);
  const sort = sortOf(params);
  const limit = params.limit ?? limits[0];
  const shownColumns = columns.length > 0 ? columns : computedFields(pipeline);
  const question: Question = {
    query: params.query ?? "",
    ...range,
    columns: askedColumns(pipeline, columns),
    sort: sort && !table ? [sort] : [],
    limit: table ? 10_000 : limit,
  };
  const answer = useRows(question, active);
  const again = useRef(answer.again);
  useEffect(() => {
    again.current = answer.again;
  });
  useEffect(() => {
    if (runs > 0) again.current();
  }, [runs]);
  const ids = useMemo(() => (table ? [] : answer.rows.map(idOf)), [table, answer.rows]);
  useEffect(() => onIds(ids), [ids, onIds]);

  const keys = useMemo(() => groupKeys(pipeline), [pipeline]);
  const quiet = answer.status === "running";
  const empty = quiet ? null : (
    <EmptyState title={t("search.empty")} hint={t("search.empty.hint")} />
  );
  return (
    <>
      <div className={styles.bar}>
        {views}
        {active && (
          <>
            <StatusLine answer={answer} limit={limit} mayExport={mayExport} onCancel={answer.cancel} onLimit={(next) => change({ limit: next })} />
            <ExportMenu question={question} />
          </>
        )}
      </div>
      {active && answer.status === "failed" && <ErrorState error={answer.error} title={t("search.failed")} onRetry={answer.again} />}
      {active && answer.status !== "failed" && table && (
        <>
          <ResultChart columns={answer.columns} rows={answer.rows} keys={keys} kind={params.chart} onKind={(chart) => change({ chart }, true)} />
          <ResultTable columns={answer.columns} rows={answer.rows} />
        </>
      )}
      {active && answer.status !== "failed" && !table && (
        <EventsTable
          rows={answer.rows}
          columns={shownColumns}
          sort={sort}
          onSort={(next) => change({ sort: sortText(next) }, true)}
          activeId={params.event}
          onOpen={onOpen}
          empty={empty}
        />
      )}
    </>
  );
}
