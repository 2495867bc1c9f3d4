import { Link } from "@tanstack/react-router";
import { ErrorState, LoadingState, Severity, Timestamp } from "@/components";
import type { Schema } from "@/api-client";
import { t } from "@/lib/messages";
import { useAlertsOf } from "../api/queries";
import type { Kind } from "../lib/kinds";
import { Card } from "./card";
import styles from "./entities.module.css";

export function AlertsCard({ kind, value }: { kind: Kind; value: string }) {
  const alerts = useAlertsOf(kind, value);
  return (
    <Card title={t("entities.alerts")} meta={alerts.data?.length}>
      {alerts.error ? (
        <ErrorState error={alerts.error} onRetry={() => void alerts.refetch()} />
      ) : !alerts.data ? (
        <LoadingState />
      ) : alerts.data.length === 0 ? (
        <div className={styles.cardBody}>{t("entities.alerts.none")}</div>
      ) : (
        <ul className={styles.rows}>
          {alerts.data.slice(0, 200).map((alert) => (
            <li key={alert.id} className={styles.row}>
              <Severity level={alert.level} compact />
              <span className={styles.grow}>
                <Link to={"/alerts"} search={{ alert: alert.id, from: "", status: ["new", "in_progress", "closed"], rule: alert.rule.id } as never}>
                  {alert.rule.title}
                </Link>
              </span>
              <span className={styles.muted}>
                <Timestamp time={alert.time} precision="minute" />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function IncidentsCard({ incidents }: { incidents: readonly Schema<"IncidentItem">[] }) {
  return (
    <Card title={t("entities.incidents")} meta={incidents.length}>
      {incidents.length === 0 ? (
        <div className={styles.cardBody}>{t("entities.incidents.none")}</div>
      ) : (
        <ul className={styles.rows}>
          {incidents.map((incident) => (
            <li key={incident.id} className={styles.row}>
              <Severity level={incident.severity} compact />
              <span className={styles.grow} title={incident.title}>
                <Link to={"/incidents/$id"} params={{ id: incident.id } as never}>
                  {incident.title}
                </Link>
              </span>
              <span className={styles.muted}>{t("entities.risk.short", { risk: Math.round(incident.risk) })}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
