import { SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { DataTable, EmptyState, ErrorState, LoadingState, Page, TimeAgo, Timestamp, type Column } from "@/components";
import type { Schema } from "@/api-client";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import { useEntities } from "../api/queries";
import styles from "../components/entities.module.css";
import { Risk } from "../components/risk";
import { kinds } from "../lib/kinds";
import type { EntitySearch } from "../lib/search";

type Item = Schema<"EntityRiskItem">;
const rowId = (item: Item): string => item.id;

const columns: Column<Item>[] = [
  { id: "risk", header: t("entities.column.risk"), width: 120, fixed: true, sortable: true, cell: (item) => <Risk risk={item.risk} /> },
  { id: "kind", header: t("entities.column.kind"), width: 110, cell: (item) => <span className={styles.muted}>{t(`entities.kind.${item.kind}`)}</span> },
  {
    id: "value",
    header: t("entities.column.value"),
    width: 320,
    grow: true,
    fixed: true,
    cell: (item) => (
      <span className={styles.value} title={item.value}>
        {item.value}
      </span>
    ),
  },
  { id: "criticality", header: t("entities.column.criticality"), width: 96, align: "right", cell: (item) => `× ${item.criticality}` },
  { id: "alerts", header: t("entities.column.alerts"), width: 80, align: "right", sortable: true, cell: (item) => formatCount(item.alerts) },
  { id: "first", header: t("entities.column.first"), width: 150, cell: (item) => <Timestamp time={item.first} precision="minute" /> },
  { id: "last", header: t("entities.column.last"), width: 110, sortable: true, cell: (item) => <TimeAgo time={item.last} /> },
];

/** Users, hosts and others by their risk. */
export function EntitiesPage() {
  const search: EntitySearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const list = useEntities(search);
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const show = (change: Partial<EntitySearch>) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...change }) });
  const find = useDebouncedCallback((text: string) => show({ text: text || undefined }), 250);
  const sort = search.sort ?? "-risk";
  return (
    <Page
      title={t("entities.title")}
      flush
      toolbar={
        <>
          <SegmentedControl
            aria-label={t("entities.column.kind")}
            value={search.kind ?? "all"}
            onChange={(kind) => show({ kind: kind === "all" ? undefined : kind })}
            data={[{ value: "all" as const, label: t("entities.kind.all") }, ...kinds.map((value) => ({ value, label: t(`entities.kind.${value}`) }))]}
          />
          <TextInput
            aria-label={t("entities.find")}
            placeholder={t("entities.find")}
            leftSection={<IconSearch size={14} />}
            w={220}
            defaultValue={search.text ?? ""}
            onChange={(event) => find(event.currentTarget.value)}
          />
        </>
      }
    >
      {list.error ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <LoadingState />
      ) : (
        <DataTable<Item>
          id="entities"
          label={t("entities.title")}
          columns={columns}
          rows={items}
          rowId={rowId}
          sort={{ column: sort.replace("-", ""), descending: sort.startsWith("-") }}
          onSort={(next) => show({ sort: next ? (`${next.descending ? "-" : ""}${next.column}` as NonNullable<EntitySearch["sort"]>) : undefined })}
          onOpen={({ kind, value }) => void navigate({ to: "/entities/$kind/$value", params: { kind, value } })}
          onEnd={() => {
            if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
          }}
          empty={<EmptyState title={t("entities.empty")} hint={t("entities.empty.hint")} />}
        />
      )}
    </Page>
  );
}
