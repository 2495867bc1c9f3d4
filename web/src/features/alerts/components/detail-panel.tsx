import { ActionIcon, Button, Tabs } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconX } from "@tabler/icons-react";
import { ErrorState, LoadingState, Severity, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { useAlert } from "../api/queries";
import type { Alert } from "../api/types";
import styles from "./detail.module.css";
import { StatusLabel } from "./labels";
import { ActivityTab, EventsTab, SimilarTab } from "./other-tabs";
import { OverviewTab } from "./overview-tab";
import { ProcessTab } from "./process-tab";

const tabs = ["overview", "events", "process", "similar", "activity"] as const;

interface Props {
  id: string;
  tab: string | undefined;
  names: ReadonlyMap<string, string>;
  /** Grows with each wish to comment. */
  commentWish: number;
  onTab: (tab: string) => void;
  onOpen: (id: string) => void;
  onMove: (by: number) => void;
  onClose: () => void;
  onJudge: () => void;
  onAssign: () => void;
  onSuppress: (alert: Alert) => void;
  onIncident: (alert: Alert) => void;
}

/** An alert beside the queue. */
export function DetailPanel(props: Props) {
  const { id, onMove, onClose } = props;
  const alert = useAlert(id);
  return (
    <aside className={styles.panel} aria-label={t("alerts.detail.label")} data-alert={id}>
      {alert.error ? (
        <ErrorState error={alert.error} onRetry={() => void alert.refetch()} />
      ) : !alert.data ? (
        <LoadingState />
      ) : (
        <>
          <div className={styles.head}>
            <div className={styles.headline}>
              <h2 className={styles.title}>{alert.data.rule.title}</h2>
              <ActionIcon aria-label={t("alerts.detail.previous")} onClick={() => onMove(-1)}>
                <IconChevronUp size={16} />
              </ActionIcon>
              <ActionIcon aria-label={t("alerts.detail.next")} onClick={() => onMove(1)}>
                <IconChevronDown size={16} />
              </ActionIcon>
              <ActionIcon aria-label={t("common.action.close")} onClick={onClose}>
                <IconX size={16} />
              </ActionIcon>
            </div>
            <div className={styles.facts}>
              <Severity level={alert.data.level} />
              <StatusLabel status={alert.data.status} verdict={alert.data.verdict} />
              <span>{t("alerts.detail.risk", { risk: alert.data.risk_score })}</span>
              <Timestamp time={alert.data.time} />
              {alert.data.assignee && <span>{t("alerts.detail.assignee", { name: props.names.get(alert.data.assignee) ?? alert.data.assignee })}</span>}
            </div>
            <Actions {...props} alert={alert.data} />
          </div>
          <DetailTabs {...props} alert={alert.data} />
        </>
      )}
    </aside>
  );
}

function Actions({ alert, onJudge, onAssign, onSuppress, onIncident }: Props & { alert: Alert }) {
  const mayWrite = useCan("alerts.write");
  const maySuppress = useCan("exceptions.write");
  const mayIncident = useCan("incidents.write");
  return (
    <div className={styles.actions}>
      {mayWrite && <Button onClick={onJudge}>{t("alerts.action.judge")}</Button>}
      {mayWrite && (
        <Button variant="default" onClick={onAssign}>
          {t("alerts.action.assign")}
        </Button>
      )}
      {mayIncident && (
        <Button variant="default" onClick={() => onIncident(alert)}>
          {t("alerts.action.incident")}
        </Button>
      )}
      {maySuppress && (
        <Button variant="default" onClick={() => onSuppress(alert)}>
          {t("alerts.action.suppress")}
        </Button>
      )}
    </div>
  );
}

function DetailTabs({ alert, tab, names, commentWish, onTab, onOpen }: Props & { alert: Alert }) {
  const count: Partial<Record<string, number>> = { activity: alert.comment_count, events: alert.event_ids.length > 1 ? alert.event_ids.length : 0 };
  return (
    <Tabs value={tabs.find((one) => one === tab) ?? "overview"} onChange={(next) => onTab(next ?? "overview")} className={styles.tabs}>
      <Tabs.List>
        {tabs.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {t(`alerts.tab.${one}`)} {count[one] ? <span className={styles.muted}>{count[one]}</span> : null}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="overview" className={styles.body}>
        <OverviewTab alert={alert} />
      </Tabs.Panel>
      <Tabs.Panel value="events" className={styles.body}>
        <EventsTab alert={alert} />
      </Tabs.Panel>
      <Tabs.Panel value="process" className={styles.body}>
        <ProcessTab alert={alert} />
      </Tabs.Panel>
      <Tabs.Panel value="similar" className={styles.body}>
        <SimilarTab alert={alert} onOpen={onOpen} />
      </Tabs.Panel>
      <Tabs.Panel value="activity" className={styles.body}>
        <ActivityTab key={`${alert.id}-${commentWish}`} alert={alert} names={names} focusComment={commentWish > 0} />
      </Tabs.Panel>
    </Tabs>
  );
}
