import { IconChevronDown, IconChevronRight, IconMessage2 } from "@tabler/icons-react";
import { Severity, TimeAgo, Timestamp, type Column } from "@/components";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import type { AlertItem } from "../api/types";
import type { QueueRow } from "../lib/grouping";
import { Chips, StatusLabel } from "./labels";
import styles from "./queue.module.css";

const ofAlert = (show: (alert: AlertItem) => React.ReactNode) => (row: QueueRow) => (row.kind === "alert" ? show(row.alert) : null);

const text = (value: string | null | undefined) => (
  <span className={styles.text} title={value ?? undefined}>
    {value}
  </span>
);

function Title({ row }: { row: QueueRow }) {
  if (row.kind === "group") {
    return (
      <span className={styles.group}>
        {row.open ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
        <span className={styles.groupLabel} title={row.label}>
          {row.label || t("alerts.group.nothing")}
        </span>
        {row.detail && <span className={styles.detail}>{row.detail}</span>}
        <span className={styles.count}>{formatCount(row.alerts.length)}</span>
      </span>
    );
  }
  const { alert } = row;
  return (
    <span className={styles.title} data-nested={row.nested || undefined} data-done={alert.status === "closed" || undefined}>
      <span className={styles.text} title={alert.rule.title}>
        {alert.rule.title}
      </span>
      {(alert.suppressed ?? 0) > 0 && (
        <span className={styles.count} title={t("alerts.suppressed", { count: alert.suppressed ?? 0 })}>
          ×{formatCount((alert.suppressed ?? 0) + 1)}
        </span>
      )}
      {alert.comment_count > 0 && (
        <span className={styles.comments} title={t("alerts.comments.count", { count: alert.comment_count })}>
          <IconMessage2 size={12} aria-hidden />
          {alert.comment_count}
        </span>
      )}
    </span>
  );
}

export const queueColumns = (names: ReadonlyMap<string, string>): Column<QueueRow>[] => [
  {
    id: "level",
    header: t("alerts.column.level"),
    width: 92,
    fixed: true,
    sortable: true,
    cell: (row) => <Severity level={row.kind === "group" ? row.level : row.alert.level} />,
  },
  { id: "title", header: t("alerts.column.title"), width: 280, grow: true, fixed: true, cell: (row) => <Title row={row} /> },
  { id: "status", header: t("alerts.column.status"), width: 112, cell: ofAlert((a) => <StatusLabel status={a.status} verdict={a.verdict} />) },
  { id: "host", header: t("alerts.column.host"), width: 140, cell: ofAlert((a) => text(a.host)) },
  { id: "user", header: t("alerts.column.user"), width: 120, cell: ofAlert((a) => text(a.user)) },
  {
    id: "entities",
    header: t("alerts.column.entities"),
    width: 180,
    hidden: true,
    cell: ofAlert((a) => text(a.entities.map(({ value }) => value).join(", "))),
  },
  { id: "techniques", header: t("alerts.column.techniques"), width: 118, cell: ofAlert((a) => <Chips values={a.techniques ?? []} most={1} />) },
  {
    id: "risk",
    header: t("alerts.column.risk"),
    width: 52,
    align: "right",
    sortable: true,
    cell: (row) => (row.kind === "group" ? row.risk : row.alert.risk_score),
  },
  {
    id: "assignee",
    header: t("alerts.column.assignee"),
    width: 80,
    cell: ofAlert((a) => (a.assignee ? text(names.get(a.assignee) ?? a.assignee) : <span className={styles.faint}>–</span>)),
  },
  {
    id: "time",
    header: t("alerts.column.time"),
    width: 158,
    sortable: true,
    cell: (row) => <Timestamp time={row.kind === "group" ? row.last : (row.alert.time ?? row.alert.detected)} />,
  },
  { id: "detected", header: t("alerts.column.detected"), width: 90, hidden: true, cell: ofAlert((a) => <TimeAgo time={a.detected} />) },
  { id: "key", header: t("alerts.column.key"), width: 220, hidden: true, cell: ofAlert((a) => text(a.group_key)) },
];

const besideDetail = ["level", "title", "status", "host"];

/** What is left of them while an alert is open beside the queue. */
export const narrowColumns = (columns: readonly Column<QueueRow>[]): Column<QueueRow>[] =>
  columns.filter(({ id }) => besideDetail.includes(id)).map((column) => (column.id === "title" ? { ...column, width: 200 } : column));
