import { DataTable, EmptyState, ErrorState, LoadingState, Timestamp, type Column } from "@/components";
import { t } from "@/lib/messages";
import { formatBytes, formatCompact, formatCount } from "@/lib/numbers";
import { byDataset, retentionIn, type DatasetRow } from "../api/storage";
import { useConfiguration, useStorage } from "../api/sources";
import styles from "./sources.module.css";

const ratio = (raw: number, bytes: number): string => (bytes > 0 ? `1 : ${(raw / bytes).toFixed(1)}` : "–");

const columns: readonly Column<DatasetRow>[] = [
  { id: "dataset", header: t("sources.storage.dataset"), width: 260, grow: true, fixed: true, value: (row) => row.dataset, cell: (row) => row.dataset },
  { id: "events", header: t("sources.storage.events"), width: 100, align: "right", value: (row) => row.events, cell: (row) => formatCompact(row.events) },
  { id: "bytes", header: t("sources.storage.total"), width: 100, align: "right", value: (row) => row.bytes, cell: (row) => formatBytes(row.bytes) },
  { id: "raw", header: t("sources.storage.raw"), width: 110, align: "right", value: (row) => row.raw, cell: (row) => formatBytes(row.raw) },
  {
    id: "ratio",
    header: t("sources.storage.ratio"),
    width: 90,
    align: "right",
    value: (row) => row.raw / Math.max(1, row.bytes),
    cell: (row) => ratio(row.raw, row.bytes),
  },
  { id: "days", header: t("sources.storage.days"), width: 70, align: "right", value: (row) => row.days, cell: (row) => formatCount(row.days) },
  { id: "parts", header: t("sources.storage.parts"), width: 70, align: "right", value: (row) => row.parts, cell: (row) => formatCount(row.parts) },
  { id: "from", header: t("sources.storage.from"), width: 160, value: (row) => row.from, cell: (row) => <Timestamp time={row.from} /> },
  { id: "to", header: t("sources.storage.to"), width: 160, value: (row) => row.to, cell: (row) => <Timestamp time={row.to} /> },
];

const sum = (rows: readonly DatasetRow[], of: (row: DatasetRow) => number): number => rows.reduce((all, row) => all + of(row), 0);

export function Storage() {
  const query = useStorage();
  const configuration = useConfiguration();
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  const rows = byDataset(query.data.datasets);
  const bytes = sum(rows, (row) => row.bytes);
  const raw = sum(rows, (row) => row.raw);
  const retention = configuration.data && retentionIn(configuration.data.yaml);
  const figures = [
    [t("sources.storage.events"), formatCompact(sum(rows, (row) => row.events))],
    [t("sources.storage.total"), formatBytes(bytes)],
    [t("sources.storage.ratio"), ratio(raw, bytes)],
    [t("sources.storage.unsealed"), formatCompact(query.data.unsealed_events)],
    ...(retention
      ? [
          [t("sources.storage.retention.age"), retention.age ?? t("sources.storage.retention.ever")],
          [t("sources.storage.retention.bytes"), retention.bytes ?? t("sources.storage.retention.unbound")],
        ]
      : []),
  ];
  return (
    <>
      <div className={styles.figures}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <strong>{value}</strong>
            {name}
          </div>
        ))}
      </div>
      {query.data.quarantined.length > 0 && (
        <div className={styles.banner} style={{ margin: "10px 14px 0" }} role="status">
          <b>{t("sources.storage.quarantined")}</b> {t("sources.storage.quarantined.hint")}
          {query.data.quarantined.map((part) => (
            <div key={part}>
              <code>{part}</code>
            </div>
          ))}
        </div>
      )}
      <DataTable
        id="storage"
        label={t("sources.storage")}
        columns={columns}
        rows={rows}
        rowId={(row) => row.dataset}
        initialSort={{ column: "bytes", descending: true }}
        empty={<EmptyState title={t("sources.storage.none")} hint={t("sources.storage.none.hint", { count: query.data.unsealed_events })} />}
      />
    </>
  );
}
