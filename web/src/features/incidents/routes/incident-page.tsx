import { Alert as Notice, Tabs } from "@mantine/core";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ErrorState, LoadingState } from "@/components";
import { useShortcuts } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { useChangeIncidents } from "../api/changes";
import { useIncident } from "../api/queries";
import { tabs, type Incident, type IncidentTab } from "../api/types";
import { AttackTab } from "../components/attack-tab";
import { CloseDialog } from "../components/close-dialog";
import { CommentsTab } from "../components/comments-tab";
import { EvidenceTab } from "../components/evidence-tab";
import { GraphTab } from "../components/graph-tab";
import { HistoryTab } from "../components/history-tab";
import { IncidentHeader } from "../components/incident-header";
import styles from "../components/incident.module.css";
import { MembersTab } from "../components/members-tab";
import { MergeDialog, PauseDialog } from "../components/merge-dialog";
import { OverviewTab } from "../components/overview-tab";
import { TasksTab } from "../components/tasks-tab";
import { TimelineTab } from "../components/timeline-tab";

/** One incident from its first sight to its report. */
export function IncidentPage() {
  const { id = "" } = useParams({ strict: false });
  const incident = useIncident(id);
  const title = incident.data?.title;
  useEffect(() => {
    document.title = `${title ?? t("incidents.title")} · Vedette`;
  }, [title]);
  if (incident.error && !incident.data) return <ErrorState error={incident.error} onRetry={() => void incident.refetch()} />;
  if (!incident.data) return <LoadingState />;
  return <Whole key={id} incident={incident.data} answered={incident.dataUpdatedAt} />;
}

function Whole({ incident, answered }: { incident: Incident; answered: number }) {
  const [dialog, setDialog] = useState<"close" | "merge" | "pause">();
  const change = useChangeIncidents();
  const mayWrite = useCan("incidents.write");
  const done = () => setDialog(undefined);
  const group = t("incidents.title");
  useShortcuts([
    { keys: "e", label: t("incidents.key.close"), group, run: () => setDialog("close"), enabled: mayWrite && incident.status !== "closed" },
    { keys: "m", label: t("incidents.action.merge"), group, run: () => setDialog("merge"), enabled: mayWrite && !incident.by_hand },
  ]);
  return (
    <div className={styles.flush} style={{ height: "100%" }}>
      <IncidentHeader incident={incident} onClose={() => setDialog("close")} onMerge={() => setDialog("merge")} onPause={() => setDialog("pause")} />
      <Notices incident={incident} />
      <IncidentTabs incident={incident} answered={answered} />
      {dialog === "close" && (
        <CloseDialog
          count={1}
          onClose={done}
          onDecide={(wanted) => {
            change.mutate({ ids: [incident.id], change: wanted, done: () => t("incidents.closed") });
            done();
          }}
        />
      )}
      {dialog === "merge" && <MergeDialog incident={incident} onClose={done} />}
      {dialog === "pause" && <PauseDialog incident={incident} onClose={done} />}
    </div>
  );
}

function Notices({ incident }: { incident: Incident }) {
  return (
    <>
      {incident.merged_into !== null && (
        <div className={styles.notice}>
          {t("incidents.merged")}{" "}
          <Link to="/incidents/$id" params={{ id: incident.merged_into }}>
            {incident.merged_into}
          </Link>
        </div>
      )}
      {incident.pending && (
        <div className={styles.notice} role="status">
          {t("incidents.pending", { what: incident.pending_commands.map(({ kind }) => t(`incidents.history.${kind}`)).join(", ") })}
        </div>
      )}
      {incident.reduced && <Notice color="yellow">{t("incidents.reduced")}</Notice>}
    </>
  );
}

function IncidentTabs({ incident, answered }: { incident: Incident; answered: number }) {
  const { tab = "overview" }: { tab?: IncidentTab } = useSearch({ strict: false });
  const navigate = useNavigate();
  const counts: Partial<Record<IncidentTab, number>> = { members: incident.members, tasks: incident.tasks_open };
  const choose = (next: string | null) =>
    void navigate({ to: ".", search: (old: object) => ({ ...old, tab: next === "overview" ? undefined : next }) as never, replace: true });
  return (
    <Tabs value={tab} onChange={choose} className={styles.tabs}>
      <Tabs.List>
        {tabs.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {t(`incidents.tab.${one}`)} {counts[one] ? <span className={styles.muted}>{counts[one]}</span> : null}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="overview" className={styles.panel}>
        <OverviewTab incident={incident} answered={answered} />
      </Tabs.Panel>
      <Tabs.Panel value="timeline" className={styles.panel}>
        <TimelineTab incident={incident} />
      </Tabs.Panel>
      <Tabs.Panel value="graph" className={styles.flush}>
        <GraphTab incident={incident} />
      </Tabs.Panel>
      <Tabs.Panel value="attack" className={styles.panel}>
        <AttackTab incident={incident} />
      </Tabs.Panel>
      <Tabs.Panel value="members" className={styles.panel}>
        <MembersTab incident={incident} />
      </Tabs.Panel>
      <Tabs.Panel value="evidence" className={styles.panel}>
        <EvidenceTab incident={incident} />
      </Tabs.Panel>
      <Tabs.Panel value="tasks" className={styles.panel}>
        <TasksTab incident={incident} />
      </Tabs.Panel>
      <Tabs.Panel value="comments" className={styles.panel}>
        <CommentsTab incident={incident} />
      </Tabs.Panel>
      <Tabs.Panel value="history" className={styles.panel}>
        <HistoryTab incident={incident} />
      </Tabs.Panel>
    </Tabs>
  );
}
