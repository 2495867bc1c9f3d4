import { Button, SegmentedControl, Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import { api, unwrap } from "@/api-client";
import { DataTable, EmptyState, ErrorState, LoadingState, Page, Severity, TimeAgo, type Column } from "@/components";
import { t } from "@/lib/messages";
import { deliveryStates, useChannels, useNotifyRules, type Delivery } from "../api/notify";
import { DeliveryDrawer } from "./delivery-drawer";
import { DeliveryState, useRetry } from "./delivery-state";
import styles from "./admin.module.css";

type State = Delivery["state"];

export interface DeliveryFilter {
  state: State | undefined;
  channel: string | undefined;
}

const soon = 3_000;
const later = 15_000;

const useDeliveries = ({ state, channel }: DeliveryFilter) =>
  useInfiniteQuery({
    queryKey: ["admin", "notify", "deliveries", state ?? "", channel ?? ""],
    queryFn: ({ pageParam }) => {
      const query = { limit: 100, ...(state ? { state } : {}), ...(channel ? { channel } : {}), ...(pageParam === "" ? {} : { after: pageParam }) };
      return unwrap(api.GET("/notifications/deliveries", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some((page) => page.items.some((item) => item.state === "waiting" || item.state === "sending")) ? soon : later,
  });

interface Names {
  channels: ReadonlyMap<string, string>;
  rules: ReadonlyMap<string, string>;
}

const useNames = (): Names => {
  const channels = useChannels().data;
  const rules = useNotifyRules().data;
  return useMemo(
    () => ({ channels: new Map(channels?.map(({ id, name }) => [id, name])), rules: new Map(rules?.map(({ id, name }) => [id, name])) }),
    [channels, rules],
  );
};

function RetryButton({ delivery }: { delivery: Delivery }) {
  const retry = useRetry();
  return (
    <Button
      variant="default"
      size="compact-xs"
      loading={retry.isPending}
      aria-label={t("notifications.deliveries.retry.of", { title: delivery.title })}
      onClick={() => retry.mutate(delivery.id)}
    >
      {t("notifications.deliveries.retry")}
    </Button>
  );
}

function Incident({ delivery }: { delivery: Delivery }) {
  return (
    <span className={styles.incident}>
      {delivery.severity && <Severity level={delivery.severity} compact />}
      <span className={styles.clip} title={delivery.title}>
        {delivery.title}
      </span>
    </span>
  );
}

const nameOr = (name: string | undefined, gone: string) => name ?? <span className={styles.muted}>{gone}</span>;

const columnsOf = ({ channels, rules }: Names): Column<Delivery>[] => [
  { id: "state", header: t("notifications.deliveries.state"), width: 112, fixed: true, value: (row) => row.state, cell: (row) => <DeliveryState delivery={row} /> },
  { id: "created", header: t("notifications.deliveries.created"), width: 84, value: (row) => row.created, cell: (row) => <TimeAgo time={row.created} /> },
  { id: "on", header: t("notifications.deliveries.on"), width: 130, value: (row) => row.on, cell: (row) => t(`notifications.on.${row.on}`) },
  { id: "incident", header: t("notifications.deliveries.incident"), width: 190, grow: true, fixed: true, value: (row) => row.title, cell: (row) => <Incident delivery={row} /> },
  { id: "channel", header: t("notifications.deliveries.channel"), width: 116, value: (row) => channels.get(row.channel), cell: (row) => nameOr(channels.get(row.channel), t("notifications.deliveries.channel.gone")) },
  { id: "rule", header: t("notifications.deliveries.rule"), width: 130, hidden: true, value: (row) => rules.get(row.rule ?? ""), cell: (row) => nameOr(rules.get(row.rule ?? ""), t("notifications.deliveries.rule.gone")) },
  { id: "attempts", header: t("notifications.deliveries.attempts"), width: 78, align: "right", value: (row) => row.attempts, cell: (row) => row.attempts },
  { id: "due", header: t("notifications.deliveries.due"), width: 100, value: (row) => row.due, cell: (row) => row.due && <TimeAgo time={row.due} /> },
  { id: "error", header: t("notifications.deliveries.error"), width: 140, cell: (row) => <span className={`${styles.clip} ${styles.bad}`} title={row.error ?? ""}>{row.error}</span> },
  { id: "retry", header: "", width: 70, fixed: true, cell: (row) => row.state === "failed" && <RetryButton delivery={row} /> },
];

interface Props {
  toolbar: ReactNode;
  filter: DeliveryFilter;
  onFilter: (filter: DeliveryFilter) => void;
}

function Filters({ filter, onFilter, channels }: Omit<Props, "toolbar"> & { channels: Names["channels"] }) {
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label={t("notifications.deliveries.state")}
        data={[
          { value: "", label: t("notifications.deliveries.state.all") },
          ...deliveryStates.map((state) => ({ value: state, label: t(`notifications.deliveries.state.${state}`) })),
        ]}
        value={filter.state ?? ""}
        onChange={(next) => onFilter({ ...filter, state: deliveryStates.find((state) => state === next) })}
      />
      <Select
        w={180}
        clearable
        aria-label={t("notifications.deliveries.channel")}
        placeholder={t("notifications.deliveries.channel.all")}
        data={[...channels].map(([value, label]) => ({ value, label }))}
        value={filter.channel ?? null}
        onChange={(channel) => onFilter({ ...filter, channel: channel ?? undefined })}
      />
    </>
  );
}

/** What was told and what is to be told. */
export function DeliveriesTab({ toolbar, filter, onFilter }: Props) {
  const query = useDeliveries(filter);
  const names = useNames();
  const [open, setOpen] = useState<string>();
  const columns = useMemo(() => columnsOf(names), [names]);
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = filter.state !== undefined || filter.channel !== undefined;
  return (
    <Page
      title={t("notifications.title")}
      toolbar={
        <>
          {toolbar}
          <Filters filter={filter} onFilter={onFilter} channels={names.channels} />
        </>
      }
      flush
    >
      {query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <LoadingState />
      ) : (
        <DataTable
          id="admin.notify.deliveries"
          label={t("notifications.tab.deliveries")}
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          onOpen={(row) => setOpen(row.id)}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
          }}
          empty={
            <EmptyState
              title={filtered ? t("notifications.deliveries.empty.filtered") : t("notifications.deliveries.empty")}
              hint={filtered ? t("notifications.deliveries.empty.filtered.hint") : t("notifications.deliveries.empty.hint")}
            />
          }
        />
      )}
      <DeliveryDrawer delivery={rows.find(({ id }) => id === open)} channels={names.channels} rules={names.rules} onClose={() => setOpen(undefined)} />
    </Page>
  );
}
