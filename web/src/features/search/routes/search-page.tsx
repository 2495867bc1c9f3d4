import { Button, SegmentedControl } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { ValueFilterContext } from "@/components";
import { useCommands, useShortcuts } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useOnRefresh } from "@/lib/refresh";
import { useTimeRange } from "@/lib/time";
import { filterText, type FilterMode } from "@/lib/values";
import { completeValues, useFields, useHistogram, useLanguage } from "../api/queries";
import { EventDrawer } from "../components/event-drawer";
import { FieldList } from "../components/field-list";
import { Histogram } from "../components/histogram";
import { HistoryMenu } from "../components/history-menu";
import { LiveView } from "../components/live-view";
import { PatternsView } from "../components/patterns-view";
import { focusQueryBar, QueryBar } from "../components/query-bar";
import { RowsView } from "../components/rows-view";
import { SavedMenu } from "../components/saved-menu";
import { remember } from "../model/history";
import { columnsOf, type SearchParams, type View } from "../model/search-params";
import { cutPipeline, isTable, withFilter } from "../model/stages";
import styles from "./search-page.module.css";

const views: readonly View[] = ["events", "patterns", "live"];

/** Search: a query over the global time range. All that it shows is in the address. */
export function SearchPage() {
  const params = useSearch({ from: "/shell/search" });
  const navigate = useNavigate();
  const { range, setRange } = useTimeRange();
  const query = params.query ?? "";
  // What is being typed holds until the query of the address is another.
  const [typed, setTyped] = useState({ over: query, text: query });
  const draft = typed.over === query ? typed.text : query;
  const setDraft = (text: string) => setTyped({ over: query, text });
  useEffect(() => {
    document.title = `${t("search.title")} · Vedette`;
  }, []);

  const change = useCallback(
    (next: Partial<SearchParams & { from: string; to: string }>, replace = false) =>
      void navigate({ to: "/search", search: (old) => ({ ...old, ...next }), replace }),
    [navigate],
  );
  const [runs, setRuns] = useState(0);
  const run = useCallback(
    (text: string) => {
      remember({ query: text, ...range, at: new Date().toISOString() });
      if (text === query) setRuns((count) => count + 1);
      else change({ query: text || undefined, event: undefined, sort: undefined, chart: undefined });
    },
    [change, query, range],
  );

  const pipeline = useMemo(() => cutPipeline(query), [query]);
  const table = isTable(pipeline);
  const view: View = table ? "events" : (params.view ?? "events");
  const columns = useMemo(() => columnsOf(params), [params]);
  const fields = useFields(range);
  const language = useLanguage();
  const histogram = useHistogram(pipeline.filter, range, params.by, view !== "live");
  useOnRefresh(() => setRuns((count) => count + 1));

  const filterBy = useCallback(
    (field: string, value: unknown, mode: FilterMode) => {
      const filter = filterText(field, value, mode);
      change({ query: mode === "only" ? filter : withFilter(query, filter), event: undefined });
    },
    [change, query],
  );
  const toggleColumn = useCallback(
    (field: string) => {
      const next = columns.includes(field) ? columns.filter((name) => name !== field) : [...columns, field];
      change({ columns: next.join(",") || undefined }, true);
    },
    [change, columns],
  );
  const openEvent = useCallback((id: string | undefined) => change({ event: id }, true), [change]);
  const [ids, setIds] = useState<readonly string[]>([]);
  const step = (by: 1 | -1) => {
    const next = ids[ids.indexOf(params.event ?? "") + by];
    if (next !== undefined) openEvent(next);
  };

  useShortcuts([
    { keys: "/", label: t("search.shortcut.query"), group: t("search.title"), run: focusQueryBar },
    { keys: "shift+l", label: t("search.shortcut.live"), group: t("search.title"), run: () => change({ view: view === "live" ? undefined : "live" }) },
    { keys: "]", label: t("search.event.next"), group: t("search.title"), enabled: params.event !== undefined, run: () => step(1) },
    { keys: "[", label: t("search.event.previous"), group: t("search.title"), enabled: params.event !== undefined, run: () => step(-1) },
  ]);
  useCommands([
    { id: "search:query", label: t("search.shortcut.query"), group: t("search.title"), keys: "/", run: focusQueryBar },
    ...views.map((one) => ({ id: `search:${one}`, label: t("search.show", { view: t(`search.view.${one}`) }), group: t("search.title"), run: () => change({ view: one }) })),
  ]);

  const knowledge = useMemo(
    () => ({
      language: language.data,
      fields: fields.data?.fields ?? [],
      values: (field: string, prefix: string) => completeValues(field, prefix, range).catch(() => []),
    }),
    [language.data, fields.data, range],
  );
  return (
    <ValueFilterContext value={filterBy}>
      <div className={styles.page}>
        <h1 className="visually-hidden">{t("search.title")}</h1>
        <div className={styles.top}>
          <QueryBar value={draft} knowledge={knowledge} onChange={setDraft} onRun={run} />
          <Button leftSection={<IconPlayerPlay size={13} />} onClick={() => run(draft)}>
            {t("search.run")}
          </Button>
          <HistoryMenu onOpen={(past) => change({ query: past.query, from: past.from, to: past.to, event: undefined })} />
          <SavedMenu
            current={() => ({ query, ...(range.from === "" ? {} : { from: range.from }), to: range.to, columns, view: { by: params.by, sort: params.sort, view: params.view, chart: params.chart } })}
            onOpen={(saved) =>
              change({
                by: undefined, sort: undefined, view: undefined, chart: undefined, event: undefined,
                ...saved.view,
                query: saved.query || undefined,
                columns: saved.columns?.join(",") || undefined,
                ...(saved.to === undefined ? {} : { from: saved.from ?? "", to: saved.to }),
              })
            }
          />
        </div>
        {view !== "live" && (
          <Histogram
            data={histogram.data}
            stale={histogram.isPlaceholderData}
            by={params.by}
            onBy={(by) => change({ by }, true)}
            onBrush={(from, to) => setRange({ from, to })}
          />
        )}
        <div className={styles.body}>
          <FieldList
            fields={fields.data?.fields ?? []}
            columns={columns}
            filter={pipeline.filter}
            range={range}
            onToggleColumn={toggleColumn}
            onBreakdown={(by) => change({ by }, true)}
          />
          <div className={styles.main}>
            <RowsView
              key={table ? "table" : "events"}
              active={view === "events"}
              params={params}
              pipeline={pipeline}
              columns={columns}
              runs={runs}
              change={change}
              onOpen={openEvent}
              onIds={setIds}
              views={
                !table && (
                  <SegmentedControl
                    aria-label={t("search.view")}
                    value={view}
                    onChange={(next) => change({ view: next === "events" ? undefined : (next), event: undefined })}
                    data={views.map((one) => ({ value: one, label: t(`search.view.${one}`) }))}
                  />
                )
              }
            />
            {view === "patterns" && <PatternsView query={query} range={range} onFilter={(filter) => change({ query: withFilter(query, filter), view: undefined })} />}
            {view === "live" && <LiveView key={query} query={query} columns={columns} activeId={params.event} onOpen={openEvent} />}
          </div>
        </div>
        <EventDrawer
          id={params.event}
          columns={columns}
          onClose={() => openEvent(undefined)}
          onStep={ids.includes(params.event ?? "") ? step : undefined}
          onOpen={openEvent}
          onToggleColumn={toggleColumn}
        />
      </div>
    </ValueFilterContext>
  );
}
