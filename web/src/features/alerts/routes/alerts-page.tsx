import { Button } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { DataTable, EmptyState, ErrorState, LoadingState, Page, severityColor } from "@/components";
import { useShortcuts } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useCan, useSession } from "@/lib/session";
import { useNewAlerts } from "../api/new-alerts";
import { useAlert, useUserNames } from "../api/queries";
import { BulkBar } from "../components/bulk-bar";
import { DetailPanel } from "../components/detail-panel";
import { Dialogs } from "../components/dialogs";
import { narrowColumns, queueColumns } from "../components/queue-columns";
import { QueueToolbar } from "../components/queue-toolbar";
import styles from "../components/queue.module.css";
import { Volume } from "../components/volume";
import { alertsOf, type QueueRow } from "../lib/grouping";
import { useQueue } from "../lib/use-queue";
import { useTriage } from "../lib/use-triage";

const rowId = (row: QueueRow): string => row.id;
const edgeOf = (row: QueueRow): string => severityColor(row.kind === "group" ? row.level : row.alert.level);

/** The queue of alerts: look, judge, go on; by keyboard from end to end. */
export function AlertsPage() {
  const queue = useQueue();
  const { search, rows, change, list } = queue;
  const names = useUserNames();
  const session = useSession();
  const fresh = useNewAlerts(queue.asked);
  const [active, setActive] = useState<string>();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [commentWish, setCommentWish] = useState(0);
  const opened = useAlert(search.alert).data;
  const beside = search.alert !== undefined;
  const columns = useMemo(() => (beside ? narrowColumns(queueColumns(names)) : queueColumns(names)), [beside, names]);
  const activeId = active ?? rows.find((row) => row.kind === "alert" && row.alert.id === search.alert)?.id;

  const show = (id: string | undefined) => change({ alert: id, ...(id === undefined ? { tab: undefined } : {}) }, search.alert !== undefined);
  const goTo = useCallback(
    (id: string | undefined) => {
      setActive(id);
      if (search.alert === undefined) return;
      const row = rows.find((one) => one.id === id);
      if (row?.kind === "alert") change({ alert: row.alert.id }, true);
      if (!row) change({ alert: undefined }, true);
    },
    [rows, search.alert, change],
  );
  const open = (row: QueueRow) => {
    if (row.kind === "group") queue.toggleGroup(row.id);
    else show(row.alert.id);
  };
  const move = (by: number) => {
    const at = rows.findIndex((row) => row.id === activeId);
    const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) goTo(next.id);
  };
  const select = () => {
    if (activeId === undefined) return;
    setSelected((old) => {
      const next = new Set(old);
      if (!next.delete(activeId)) next.add(activeId);
      return next;
    });
  };
  const comment = () => {
    const row = rows.find((one) => one.id === activeId);
    const id = row?.kind === "alert" ? row.alert.id : search.alert;
    if (id === undefined) return;
    setCommentWish((count) => count + 1);
    change({ alert: id, tab: "activity" }, search.alert !== undefined);
  };
  const triage = useTriage({ rows, activeId, selected, opened, setActive: goTo, clearSelection: () => setSelected(new Set()) });
  useTriageKeys({ ...triage, move, select, comment, openActive: () => {
    const row = rows.find((one) => one.id === activeId);
    if (row) open(row);
  }, suppress: () => opened && triage.setDialog({ kind: "suppress", alert: opened }), close: () => {
    if (search.alert !== undefined) show(undefined);
    else setSelected(new Set());
  }, showNew: fresh.show });

  const chosen = alertsOf(rows, selected);
  return (
    <Page
      title={t("alerts.title")}
      meta={<span className={styles.live} data-state={fresh.state}>{t(`alerts.live.${fresh.state}`)}</span>}
      toolbar={
        <QueueToolbar
          search={search}
          counts={queue.statuses.data}
          self={session?.user?.id}
          names={names}
          ruleTitle={queue.alerts.find((alert) => alert.rule.id === search.rule)?.rule.title}
          onChange={(wanted) => change(wanted)}
        />
      }
      flush
    >
      <Volume
        summary={queue.summary.data}
        level={search.level}
        onLevel={(level) => change({ level })}
        onRange={(from, to) => queue.setRange({ from, to })}
      />
      <div className={styles.split}>
        <div className={styles.list}>
          {list.error ? (
            <ErrorState error={list.error} onRetry={() => void list.refetch()} />
          ) : !list.data ? (
            <LoadingState />
          ) : (
            <DataTable<QueueRow>
              key={beside ? "beside" : "alone"}
              id={beside ? "alerts.beside" : "alerts"}
              label={t("alerts.table")}
              columns={columns}
              rows={rows}
              rowId={rowId}
              sort={queue.sort}
              onSort={queue.onSort}
              activeId={activeId}
              onActive={goTo}
              onOpen={open}
              selection={{ ids: selected, onChange: setSelected }}
              edge={edgeOf}
              onEnd={() => {
                if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
              }}
              empty={<EmptyState title={t("alerts.empty")} hint={t("alerts.empty.hint")} />}
            />
          )}
          {fresh.count > 0 && (
            <Button className={styles.fresh} size="compact-sm" radius="xl" onClick={fresh.show}>
              {t("alerts.fresh", { count: fresh.count })}
            </Button>
          )}
          {chosen.length > 0 && (
            <BulkBar
              count={chosen.length}
              onJudge={triage.openVerdict}
              onStart={triage.start}
              onAssign={triage.assign}
              onReopen={triage.reopen}
              onIncident={triage.openIncident}
              onClear={() => setSelected(new Set())}
            />
          )}
        </div>
        {search.alert !== undefined && (
          <DetailPanel
            id={search.alert}
            tab={search.tab}
            names={names}
            commentWish={commentWish}
            onTab={(tab) => change({ tab: tab === "overview" ? undefined : tab }, true)}
            onOpen={(id) => show(id)}
            onMove={move}
            onClose={() => show(undefined)}
            onJudge={() => opened && triage.setDialog({ kind: "verdict", alerts: [opened] })}
            onAssign={triage.assign}
            onSuppress={(alert) => triage.setDialog({ kind: "suppress", alert })}
            onIncident={(alert) => triage.setDialog({ kind: "incident", alerts: [alert] })}
          />
        )}
      </div>
      <Dialogs dialog={triage.dialog} onJudge={triage.judge} onClose={() => triage.setDialog(undefined)} />
    </Page>
  );
}

interface KeyActions extends Pick<ReturnType<typeof useTriage>, "openVerdict" | "repeatVerdict" | "assign" | "openIncident"> {
  move: (by: number) => void;
  select: () => void;
  comment: () => void;
  openActive: () => void;
  suppress: () => void;
  close: () => void;
  showNew: () => void;
}

function useTriageKeys(actions: KeyActions): void {
  const group = t("alerts.title");
  const mayWrite = useCan("alerts.write");
  const maySuppress = useCan("exceptions.write");
  const mayIncident = useCan("incidents.write");
  useShortcuts([
    { keys: "j", label: t("alerts.key.next"), group, run: () => actions.move(1) },
    { keys: "k", label: t("alerts.key.previous"), group, run: () => actions.move(-1) },
    { keys: "enter", label: t("alerts.key.open"), group, run: actions.openActive },
    { keys: "x", label: t("alerts.key.select"), group, run: actions.select },
    { keys: "e", label: t("alerts.key.judge"), group, run: actions.openVerdict, enabled: mayWrite },
    { keys: "shift+e", label: t("alerts.key.again"), group, run: actions.repeatVerdict, enabled: mayWrite },
    { keys: "a", label: t("alerts.key.assign"), group, run: actions.assign, enabled: mayWrite },
    { keys: "c", label: t("alerts.key.comment"), group, run: actions.comment, enabled: mayWrite },
    { keys: "i", label: t("alerts.key.incident"), group, run: actions.openIncident, enabled: mayIncident },
    { keys: "s", label: t("alerts.key.suppress"), group, run: actions.suppress, enabled: maySuppress },
    { keys: "n", label: t("alerts.key.new"), group, run: actions.showNew },
    { keys: "escape", label: t("alerts.key.close"), group, run: actions.close },
  ]);
}
