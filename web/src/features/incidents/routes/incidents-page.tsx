import { Button, Menu } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { DataTable, EmptyState, ErrorState, KeyHint, LoadingState, Page, severityColor, type TableSort } from "@/components";
import { useShortcuts } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useCan, useSession } from "@/lib/session";
import { useChangeIncidents } from "../api/changes";
import { useIncidents, useIncidentSummary, useUserNames } from "../api/queries";
import { openStatuses, type IncidentItem, type IncidentSort, type IncidentStatus, type ListSearch } from "../api/types";
import { CloseDialog } from "../components/close-dialog";
import { statusName } from "../components/labels";
import { listColumns } from "../components/list-columns";
import { ListCounts, ListToolbar } from "../components/list-filters";
import styles from "../components/list.module.css";

const rowId = (item: IncidentItem): string => item.id;
const edgeOf = (item: IncidentItem): string => severityColor(item.severity);
const forward: IncidentStatus[] = ["triaged", "in_progress", "contained"];

/** Incidents by their risk, with the clocks that run. */
export function IncidentsPage() {
  const search: ListSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const asked: ListSearch = { ...search, status: search.status ?? openStatuses };
  const list = useIncidents(asked);
  const counts = useIncidentSummary({ ...search, status: undefined }).data;
  const numbers = useIncidentSummary({ ...asked, severity: undefined, owner: undefined, breached: undefined }).data;
  const names = useUserNames();
  const own = useSession()?.user?.name;
  const mayWrite = useCan("incidents.write");
  const change = useChangeIncidents();
  const [active, setActive] = useState<string>();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [closing, setClosing] = useState<string[]>();
  const columns = useMemo(() => listColumns(), []);
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);

  const show = (wanted: Partial<ListSearch>) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...wanted }) });
  const open = (item: IncidentItem) => void navigate({ to: "/incidents/$id", params: { id: item.id } });
  const sort = search.sort ?? "-risk";
  const onSort = (next: TableSort | undefined) =>
    show({ sort: next ? (`${next.descending ? "-" : ""}${next.column}` as IncidentSort) : undefined });

  const targets = (): string[] => (selected.size > 0 ? [...selected] : active === undefined ? [] : [active]);
  const apply = (wanted: Parameters<typeof change.mutate>[0]["change"], ids = targets()) => {
    if (ids.length === 0) return;
    change.mutate({ ids, change: wanted, done: (count) => t("incidents.done", { count }) });
    setSelected(new Set());
  };
  const assign = () => own !== undefined && apply({ owner: own });
  const close = () => {
    const ids = targets();
    if (ids.length > 0) setClosing(ids);
  };
  const move = (by: number) => {
    const at = items.findIndex((item) => item.id === active);
    const next = items[at < 0 ? 0 : Math.max(0, Math.min(items.length - 1, at + by))];
    if (next) setActive(next.id);
  };
  const group = t("incidents.title");
  useShortcuts([
    { keys: "j", label: t("incidents.key.next"), group, run: () => move(1) },
    { keys: "k", label: t("incidents.key.previous"), group, run: () => move(-1) },
    { keys: "enter", label: t("incidents.key.open"), group, run: () => {
      const item = items.find(({ id }) => id === active);
      if (item) open(item);
    } },
    { keys: "a", label: t("incidents.key.assign"), group, run: assign, enabled: mayWrite },
    { keys: "e", label: t("incidents.key.close"), group, run: close, enabled: mayWrite },
  ]);
  return (
    <Page
      title={t("incidents.title")}
      toolbar={<ListToolbar search={search} summary={counts} names={names} own={own} onChange={show} />}
      flush
    >
      <ListCounts search={search} summary={numbers} onChange={show} />
      <div className={styles.wrap}>
        {list.error ? (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        ) : !list.data ? (
          <LoadingState />
        ) : (
          <DataTable<IncidentItem>
            id="incidents"
            label={t("incidents.table")}
            columns={columns}
            rows={items}
            rowId={rowId}
            rowHeight={32}
            sort={{ column: sort.replace("-", ""), descending: sort.startsWith("-") }}
            onSort={onSort}
            activeId={active}
            onActive={setActive}
            onOpen={open}
            selection={{ ids: selected, onChange: setSelected }}
            edge={edgeOf}
            onEnd={() => {
              if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
            }}
            empty={<EmptyState title={t("incidents.empty")} hint={t("incidents.empty.hint")} />}
          />
        )}
        {selected.size > 0 && mayWrite && (
          <div className={styles.bulk} role="toolbar" aria-label={t("incidents.bulk")}>
            <span className={styles.bulkCount}>{t("incidents.bulk.count", { count: selected.size })}</span>
            <Button onClick={assign} rightSection={<KeyHint keys="a" />}>
              {t("incidents.action.take")}
            </Button>
            <Menu>
              <Menu.Target>
                <Button variant="default">{t("incidents.action.status")}</Button>
              </Menu.Target>
              <Menu.Dropdown>
                {forward.map((status) => (
                  <Menu.Item key={status} onClick={() => apply({ status })}>
                    {statusName(status)}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            <Button variant="default" onClick={close} rightSection={<KeyHint keys="e" />}>
              {t("incidents.action.close")}
            </Button>
            <Button variant="subtle" color="gray" className={styles.spread} onClick={() => setSelected(new Set())}>
              {t("common.action.clear")}
            </Button>
          </div>
        )}
      </div>
      {closing && (
        <CloseDialog
          count={closing.length}
          onClose={() => setClosing(undefined)}
          onDecide={(wanted) => {
            apply(wanted, closing);
            setClosing(undefined);
          }}
        />
      )}
    </Page>
  );
}
