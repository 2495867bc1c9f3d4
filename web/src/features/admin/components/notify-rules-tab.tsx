import { useMemo, type ReactNode } from "react";
import { api, idempotent, ifMatch, unwrap } from "@/api-client";
import { Severity, severityRank, TimeAgo, type Column } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { ownOffset, ruleText, ruleValues, spellMinutes, switchedRule, useChannels, useNotifyRules, type NotifyRule, type RuleText } from "../api/notify";
import { useReload, useUsers } from "../api/resources";
import { EnabledSwitch } from "./enabled-switch";
import { notifyRuleFields } from "./notify-rule-fields";
import { ResourceSection } from "./resource-section";
import styles from "./admin.module.css";

const change = (rule: NotifyRule, body: RuleText) =>
  unwrap(api.PUT("/notifications/rules/{id}", { params: { path: { id: rule.id }, header: ifMatch(rule.version) }, body }));

const filterNames = ["entities", "tags", "owners", "users"] as const;

const filters = (rule: NotifyRule): string =>
  filterNames
    .flatMap((name) => (rule[name]?.length ? [t(`notifications.rules.filter.${name}`, { list: rule[name].join(", ") })] : []))
    .join(" · ");

const sending = ({ digest_minutes: digest, quiet_hours: quiet }: NotifyRule): string =>
  [
    digest === 0 ? t("notifications.rules.summary.once") : t("notifications.rules.summary.each", { span: spellMinutes(digest) }),
    ...(quiet ? [t("notifications.rules.summary.quiet", { from: quiet.from, to: quiet.to })] : []),
  ].join(" · ");

const occasionsOf = (rule: NotifyRule): string => rule.on.map((name) => t(`notifications.on.${name}`)).join(", ");

const clipped = (text: string, empty: string) =>
  text === "" ? (
    <span className={styles.muted}>{empty}</span>
  ) : (
    <span className={styles.clip} title={text}>
      {text}
    </span>
  );

type OnSwitch = (rule: NotifyRule, enabled: boolean) => Promise<unknown>;

const columnsOf = (channels: ReadonlyMap<string, string>, onSwitch: OnSwitch): Column<NotifyRule>[] => [
  {
    id: "enabled",
    header: t("notifications.enabled"),
    width: 56,
    fixed: true,
    value: (row) => Number(row.enabled),
    cell: (row) => <EnabledSwitch name={row.name} enabled={row.enabled} disabled={false} onChange={(enabled) => onSwitch(row, enabled)} />,
  },
  { id: "name", header: t("admin.column.name"), width: 170, fixed: true, value: (row) => row.name, cell: (row) => <b className={styles.clip} title={row.name}>{row.name}</b> },
  { id: "on", header: t("notifications.rules.on"), width: 210, grow: true, cell: (row) => clipped(occasionsOf(row), "") },
  { id: "severity", header: t("notifications.rules.severity"), width: 126, value: (row) => severityRank(row.least_severity), cell: (row) => <Severity level={row.least_severity} /> },
  { id: "filters", header: t("notifications.rules.filters"), width: 150, cell: (row) => clipped(filters(row), t("notifications.rules.filter.none")) },
  {
    id: "channels",
    header: t("notifications.rules.channels"),
    width: 140,
    cell: (row) => clipped(row.channels.flatMap((id) => channels.get(id) ?? []).join(", "), t("notifications.rules.channels.none")),
  },
  { id: "when", header: t("notifications.rules.when"), width: 180, value: (row) => row.digest_minutes, cell: (row) => clipped(sending(row), "") },
  { id: "changed", header: t("admin.version"), width: 90, hidden: true, value: (row) => row.changed, cell: (row) => <TimeAgo time={row.changed} /> },
  { id: "by", header: t("admin.version.by"), width: 90, hidden: true, value: (row) => row.changed_by, cell: (row) => row.changed_by },
];

/** What is told, to which channels and when. */
export function NotifyRulesTab({ toolbar }: { toolbar: ReactNode }) {
  const query = useNotifyRules();
  const channels = useChannels();
  const people = useUsers(useCan("users.read"));
  const reload = useReload(["notify", "rules"]);
  const list = channels.data;
  const columns = useMemo(
    () =>
      columnsOf(new Map(list?.map(({ id, name, enabled }) => [id, enabled ? name : t("notifications.off", { name })])), async (rule, enabled) => {
        await change(rule, switchedRule(rule, enabled));
        await reload();
      }),
    [list, reload],
  );
  const there = new Set(list?.map(({ id }) => id));
  return (
    <ResourceSection<NotifyRule>
      id="notify.rules"
      size={680}
      title={t("notifications.title")}
      label={t("notifications.tab.rules")}
      toolbar={toolbar}
      newTitle={t("notifications.rules.new")}
      editTitle={t("notifications.rules.edit")}
      empty={t("notifications.rules.empty")}
      emptyHint={list?.length === 0 ? t("notifications.rules.empty.channels") : t("notifications.rules.empty.hint")}
      columns={columns}
      query={query}
      rowId={(row) => row.id}
      nameOf={(row) => row.name}
      reload={reload}
      mayWrite
      fields={(row) => notifyRuleFields(row, list ?? [], people.data?.map(({ name }) => name) ?? [], row?.quiet_hours?.utc_offset ?? ownOffset())}
      valuesOf={(row) => {
        const values = ruleValues(row);
        // Channels that were deleted since are left out: the node takes only those that are there.
        return list && row ? { ...values, channels: row.channels.filter((id) => there.has(id)) } : values;
      }}
      create={(values) => unwrap(api.POST("/notifications/rules", { params: { header: idempotent() }, body: ruleText(values) }))}
      update={(row, values) => change(row, ruleText(values))}
      remove={(row) => unwrap(api.DELETE("/notifications/rules/{id}", { params: { path: { id: row.id }, header: ifMatch(row.version) } }))}
      deleteHint={t("notifications.rules.delete.hint")}
    />
  );
}
