import { Button, Checkbox, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { DataTable, EmptyState, ErrorState, LoadingState, TimeAgo, type Column } from "@/components";
import { t } from "@/lib/messages";
import { formatBytes, formatCompact, formatPercent } from "@/lib/numbers";
import { formatSpan } from "@/lib/time";
import { keyOf, useSources, type Source } from "../api/sources";
import { formatRate, LiveRate, Trend } from "./live-rate";
import styles from "./sources.module.css";

const span = (seconds: number | undefined) =>
  seconds ? formatSpan(seconds * 1000) : <span className={styles.muted}>–</span>;

const columns: readonly Column<Source>[] = [
  {
    id: "state",
    header: t("sources.column.state"),
    width: 88,
    value: (source) => Number(source.silent),
    cell: (source) => (
      <span className={styles.state} data-silent={source.silent || undefined}>
        {source.silent ? t("sources.state.silent") : t("sources.state.sends")}
      </span>
    ),
  },
  {
    id: "source",
    header: t("sources.column.source"),
    width: 320,
    grow: true,
    fixed: true,
    value: (source) => source.source,
    cell: (source) => (
      <Link to="/sources/$listener/$source" params={{ listener: source.listener, source: source.source }} className={styles.name} title={source.source} tabIndex={-1}>
        {source.source}
      </Link>
    ),
  },
  { id: "listener", header: t("sources.column.listener"), width: 110, value: (source) => source.listener, cell: (source) => source.listener },
  { id: "rate", header: t("sources.column.rate"), width: 76, align: "right", cell: (source) => <LiveRate source={source} /> },
  { id: "trend", header: t("sources.column.trend"), width: 108, cell: (source) => <Trend source={source} /> },
  {
    id: "mean",
    header: t("sources.column.mean"),
    width: 82,
    align: "right",
    hidden: true,
    value: (source) => source.events_per_second,
    cell: (source) => formatRate(source.events_per_second ?? 0),
  },
  { id: "events", header: t("sources.column.events"), width: 84, align: "right", value: (source) => source.events, cell: (source) => formatCompact(source.events) },
  { id: "bytes", header: t("sources.column.bytes"), width: 84, align: "right", value: (source) => source.bytes, cell: (source) => formatBytes(source.bytes) },
  {
    id: "failures",
    header: t("sources.column.failures"),
    width: 84,
    align: "right",
    value: (source) => source.failures,
    cell: (source) => <span className={source.failures > 0 ? styles.bad : styles.muted}>{formatCompact(source.failures)}</span>,
  },
  {
    id: "share",
    header: t("sources.column.share"),
    width: 70,
    align: "right",
    value: (source) => source.failures / Math.max(1, source.events),
    cell: (source) =>
      source.failures > 0 ? formatPercent(source.failures / Math.max(1, source.events)) : <span className={styles.muted}>–</span>,
  },
  { id: "last", header: t("sources.column.last"), width: 100, value: (source) => source.last_seen, cell: (source) => <TimeAgo time={source.last_seen} /> },
  { id: "pause", header: t("sources.column.pause"), width: 104, align: "right", value: (source) => source.usual_pause_seconds, cell: (source) => span(source.usual_pause_seconds) },
  {
    id: "longest",
    header: t("sources.column.longest"),
    width: 112,
    align: "right",
    hidden: true,
    value: (source) => source.longest_pause_seconds,
    cell: (source) => span(source.longest_pause_seconds),
  },
  { id: "first", header: t("sources.column.first"), width: 100, hidden: true, value: (source) => source.first_seen, cell: (source) => <TimeAgo time={source.first_seen} /> },
];

export function SourceFilters() {
  const search: { q?: string; silent?: boolean } = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = (next: { q?: string | undefined; silent?: boolean | undefined }) =>
    void navigate({ to: "/sources", search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <>
      <TextInput
        w={260}
        aria-label={t("sources.find")}
        placeholder={t("sources.find")}
        leftSection={<IconSearch size={14} />}
        value={search.q ?? ""}
        onChange={(event) => change({ q: event.currentTarget.value || undefined })}
      />
      <Checkbox
        label={t("sources.only.silent")}
        checked={search.silent ?? false}
        onChange={(event) => change({ silent: event.currentTarget.checked || undefined })}
      />
    </>
  );
}

export function SourceList() {
  const search: { q?: string; silent?: boolean } = useSearch({ strict: false });
  const query = useSources();
  const navigate = useNavigate();
  if (query.error && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  const wanted = (search.q ?? "").toLowerCase();
  const rows = query.data.filter(
    (source) => (!search.silent || source.silent) && `${source.source} ${source.listener}`.toLowerCase().includes(wanted),
  );
  return (
    <DataTable
      id="sources"
      label={t("sources.list")}
      columns={columns}
      rows={rows}
      rowId={keyOf}
      initialSort={{ column: "events", descending: true }}
      onOpen={(source) =>
        void navigate({ to: "/sources/$listener/$source", params: { listener: source.listener, source: source.source } })
      }
      edge={(source) => (source.silent ? "var(--v-warn)" : undefined)}
      empty={
        query.data.length > 0 ? (
          <EmptyState title={t("sources.empty.filtered")} />
        ) : (
          <EmptyState
            title={t("sources.empty")}
            hint={t("sources.empty.hint")}
            action={
              <Button variant="default" onClick={() => void navigate({ to: "/sources", search: (old) => ({ ...old, tab: "add" }) })}>
                {t("sources.tab.add")}
              </Button>
            }
          />
        )
      }
    />
  );
}
