import { Severity, TimeAgo, Timestamp, type Column } from "@/components";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import type { IncidentItem } from "../api/types";
import { Due, Entity, Risk, StatusLabel, TacticStrip } from "./labels";
import styles from "./list.module.css";

const faint = <span className={styles.faint}>–</span>;

export const listColumns = (): Column<IncidentItem>[] => [
  { id: "risk", header: t("incidents.column.risk"), width: 92, fixed: true, sortable: true, cell: (i) => <Risk risk={i.risk} /> },
  { id: "severity", header: t("incidents.column.severity"), width: 92, sortable: true, cell: (i) => <Severity level={i.severity} /> },
  {
    id: "title",
    header: t("incidents.column.title"),
    width: 210,
    grow: true,
    fixed: true,
    cell: (i) => (
      <span className={styles.title} data-done={i.status === "closed" || undefined} title={i.title}>
        {i.title}
      </span>
    ),
  },
  { id: "status", header: t("incidents.column.status"), width: 104, cell: (i) => <StatusLabel status={i.status} /> },
  { id: "due", header: t("incidents.column.due"), width: 112, sortable: true, cell: (i) => <Due incident={i} /> },
  { id: "owner", header: t("incidents.column.owner"), width: 90, cell: (i) => i.owner ?? faint },
  {
    id: "entity",
    header: t("incidents.column.entities"),
    width: 180,
    hidden: true,
    cell: (i) => i.entities.slice(0, 2).map(({ kind, value }) => <Entity key={`${kind}:${value}`} kind={kind} value={value} />),
  },
  { id: "tactics", header: t("incidents.column.tactics"), width: 150, cell: (i) => <TacticStrip tactics={i.tactics} /> },
  { id: "alerts", header: t("incidents.column.alerts"), width: 62, align: "right", cell: (i) => formatCount(i.alerts) },
  {
    id: "tasks",
    header: t("incidents.column.tasks"),
    width: 62,
    align: "right",
    cell: (i) => (i.tasks_open + i.tasks_done > 0 ? `${i.tasks_done}/${i.tasks_open + i.tasks_done}` : faint),
  },
  { id: "opened", header: t("incidents.column.opened"), width: 136, sortable: true, cell: (i) => <Timestamp time={i.opened} precision="minute" /> },
  { id: "updated", header: t("incidents.column.updated"), width: 90, sortable: true, cell: (i) => <TimeAgo time={i.updated} /> },
  { id: "created", header: t("incidents.column.created"), width: 90, hidden: true, cell: (i) => <TimeAgo time={i.created} /> },
  { id: "tags", header: t("incidents.column.tags"), width: 130, hidden: true, cell: (i) => i.tags.join(", ") },
];
