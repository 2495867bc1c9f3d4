import { Button, Group } from "@mantine/core";
import { useMemo, type ReactNode } from "react";
import { api, idempotent, ifMatch, unwrap } from "@/api-client";
import { TimeAgo, type Column } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { channelText, channelValues, switchedChannel, useChannels, useNotifyRules, type Channel, type ChannelText } from "../api/notify";
import { useReload } from "../api/resources";
import { channelFields } from "./channel-fields";
import { ChannelTest, useChannelTest } from "./channel-test";
import { EnabledSwitch } from "./enabled-switch";
import { ResourceSection } from "./resource-section";
import styles from "./admin.module.css";

const target = (channel: Channel): string =>
  channel.kind === "email" ? t("notifications.channels.mail", { to: channel.to?.join(", ") ?? "", host: channel.host ?? "" }) : (channel.url ?? "");

const limits = (channel: Channel): string =>
  [
    t("notifications.channels.per.hour", { count: channel.max_per_hour }),
    ...(channel.signed ? [t("notifications.channels.signed.short")] : []),
    ...(channel.allow_private ? [t("notifications.channels.private.short")] : []),
  ].join(" · ");

const change = (channel: Channel, body: ChannelText) =>
  unwrap(api.PUT("/notifications/channels/{id}", { params: { path: { id: channel.id }, header: ifMatch(channel.version) }, body }));

interface Actions {
  mayChange: (channel: Channel) => boolean;
  onSwitch: (channel: Channel, enabled: boolean) => Promise<unknown>;
  onTest: (channel: Channel) => void;
  onDeliveries: (channel: Channel) => void;
}

const columnsOf = ({ mayChange, onSwitch, onTest, onDeliveries }: Actions): Column<Channel>[] => [
  {
    id: "enabled",
    header: t("notifications.enabled"),
    width: 56,
    fixed: true,
    value: (row) => Number(row.enabled),
    cell: (row) => <EnabledSwitch name={row.name} enabled={row.enabled} disabled={!mayChange(row)} onChange={(enabled) => onSwitch(row, enabled)} />,
  },
  { id: "name", header: t("admin.column.name"), width: 170, fixed: true, value: (row) => row.name, cell: (row) => <b className={styles.clip} title={row.name}>{row.name}</b> },
  { id: "kind", header: t("notifications.channels.kind"), width: 90, value: (row) => row.kind, cell: (row) => t(`notifications.kind.${row.kind}`) },
  { id: "to", header: t("notifications.channels.to"), width: 170, grow: true, cell: (row) => <span className={styles.clip} title={target(row)}>{target(row)}</span> },
  { id: "limits", header: t("notifications.channels.limits"), width: 250, value: (row) => row.max_per_hour, cell: (row) => <span className={`${styles.clip} ${styles.muted}`} title={limits(row)}>{limits(row)}</span> },
  { id: "changed", header: t("admin.version"), width: 90, value: (row) => row.changed, cell: (row) => <TimeAgo time={row.changed} /> },
  { id: "by", header: t("admin.version.by"), width: 90, hidden: true, value: (row) => row.changed_by, cell: (row) => row.changed_by },
  {
    id: "actions",
    header: "",
    width: 180,
    fixed: true,
    cell: (row) => (
      <Group gap={6} wrap="nowrap">
        <Button variant="default" size="compact-xs" aria-label={t("notifications.test.of", { name: row.name })} onClick={() => onTest(row)}>
          {t("notifications.test")}
        </Button>
        <Button variant="subtle" size="compact-xs" aria-label={t("notifications.show.deliveries.of", { name: row.name })} onClick={() => onDeliveries(row)}>
          {t("notifications.show.deliveries")}
        </Button>
      </Group>
    ),
  },
];

/** Where messages go. */
export function ChannelsTab({ toolbar, onDeliveries }: { toolbar: ReactNode; onDeliveries: (channel: Channel) => void }) {
  const query = useChannels();
  const rules = useNotifyRules();
  const reload = useReload(["notify"]);
  const mayPrivate = useCan("settings.write");
  const test = useChannelTest();
  const send = test.mutate;
  const writable = (channel: Channel) => mayPrivate || !channel.allow_private;
  const columns = useMemo(
    () =>
      columnsOf({
        mayChange: (channel) => mayPrivate || !channel.allow_private,
        onSwitch: async (channel, enabled) => {
          await change(channel, switchedChannel(channel, enabled));
          await reload();
        },
        onTest: send,
        onDeliveries,
      }),
    [mayPrivate, reload, send, onDeliveries],
  );
  const ruleNames = (channel: Channel) => rules.data?.filter((rule) => rule.channels.includes(channel.id)).map((rule) => rule.name) ?? [];
  return (
    <>
      <ResourceSection<Channel>
        id="notify.channels"
        title={t("notifications.title")}
        label={t("notifications.tab.channels")}
        toolbar={toolbar}
        newTitle={t("notifications.channels.new")}
        editTitle={t("notifications.channels.edit")}
        empty={t("notifications.channels.empty")}
        emptyHint={t("notifications.channels.empty.hint")}
        columns={columns}
        query={query}
        rowId={(row) => row.id}
        nameOf={(row) => row.name}
        reload={reload}
        mayWrite
        writable={writable}
        fields={(row) => channelFields(row, mayPrivate)}
        valuesOf={channelValues}
        create={(values) => unwrap(api.POST("/notifications/channels", { params: { header: idempotent() }, body: channelText(values) }))}
        update={(row, values) => change(row, channelText(values))}
        remove={(row) => unwrap(api.DELETE("/notifications/channels/{id}", { params: { path: { id: row.id }, header: ifMatch(row.version) } }))}
        deleteHint={(row) => {
          const names = ruleNames(row);
          return names.length === 0 ? t("notifications.channels.delete.hint") : t("notifications.channels.delete.hint.rules", { rules: names.join(", ") });
        }}
        note={(row) => !writable(row) && <span className={styles.muted}>{t("notifications.channels.private.locked")}</span>}
      />
      <ChannelTest test={test} />
    </>
  );
}
