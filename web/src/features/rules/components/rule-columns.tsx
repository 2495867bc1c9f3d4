import { Link } from "@tanstack/react-router";
import { Severity, severityRank, TimeAgo, type Column } from "@/components";
import { t } from "@/lib/messages";
import { formatCompact } from "@/lib/numbers";
import { sourceText, states } from "../api/filters";
import type { Rule } from "../api/rules";
import { Cost, Truth } from "./figures";
import { StateBadge } from "./state-badge";
import styles from "./rules.module.css";

const count = (n: number | undefined) => (n ? formatCompact(n) : <span className={styles.muted}>0</span>);

export const ruleColumns: readonly Column<Rule>[] = [
  {
    id: "state",
    header: t("rules.column.state"),
    width: 104,
    value: (rule) => states.length - states.indexOf(rule.state),
    cell: (rule) => <StateBadge state={rule.state} why={rule.why} />,
  },
  {
    id: "title",
    header: t("rules.column.title"),
    width: 300,
    grow: true,
    fixed: true,
    value: (rule) => rule.title,
    cell: (rule) => (
      <Link to="/rules/$id" params={{ id: rule.id }} className={styles.title} title={rule.title} tabIndex={-1}>
        {rule.title}
      </Link>
    ),
  },
  {
    id: "level",
    header: t("rules.column.level"),
    width: 116,
    value: (rule) => severityRank(rule.level),
    cell: (rule) => (
      <span title={rule.level_replaced ? t("rules.level.replaced") : undefined}>
        <Severity level={rule.level} />
        {rule.level_replaced && " *"}
      </span>
    ),
  },
  {
    id: "source",
    header: t("rules.column.source"),
    width: 180,
    value: (rule) => rule.log_source,
    cell: (rule) => <span className={styles.muted}>{sourceText(rule)}</span>,
  },
  {
    id: "techniques",
    header: t("rules.column.techniques"),
    width: 150,
    value: (rule) => rule.techniques?.[0],
    cell: (rule) => <span className={styles.clip} title={rule.techniques?.join(", ")}>{rule.techniques?.join(", ")}</span>,
  },
  { id: "hits", header: t("rules.column.hits"), width: 72, align: "right", value: (rule) => rule.hits, cell: (rule) => count(rule.hits) },
  { id: "alerts", header: t("rules.column.alerts"), width: 72, align: "right", value: (rule) => rule.alerts, cell: (rule) => count(rule.alerts) },
  { id: "truth", header: t("rules.column.truth"), width: 70, align: "right", cell: (rule) => <Truth rule={rule} /> },
  {
    id: "suppressed",
    header: t("rules.column.suppressed"),
    width: 96,
    align: "right",
    hidden: true,
    value: (rule) => rule.suppressed,
    cell: (rule) => count(rule.suppressed),
  },
  {
    id: "excepted",
    header: t("rules.column.excepted"),
    width: 88,
    align: "right",
    hidden: true,
    value: (rule) => rule.excepted,
    cell: (rule) => count(rule.excepted),
  },
  { id: "cost", header: t("rules.column.cost"), width: 82, align: "right", value: (rule) => rule.cost_ns, cell: (rule) => <Cost rule={rule} /> },
  { id: "origin", header: t("rules.column.origin"), width: 96, value: (rule) => rule.origin, cell: (rule) => t(`rules.origin.${rule.origin}`) },
  {
    id: "why",
    header: t("rules.column.why"),
    width: 240,
    hidden: true,
    value: (rule) => rule.why,
    cell: (rule) => <span title={rule.why ?? undefined}>{rule.why}</span>,
  },
  {
    id: "file",
    header: t("rules.column.file"),
    width: 240,
    hidden: true,
    value: (rule) => rule.file,
    cell: (rule) => <span className={styles.muted}>{rule.file}</span>,
  },
  {
    id: "changed",
    header: t("rules.column.changed"),
    width: 92,
    value: (rule) => rule.changed,
    cell: (rule) => (rule.changed ? <TimeAgo time={rule.changed} /> : <span className={styles.muted}>–</span>),
  },
];
