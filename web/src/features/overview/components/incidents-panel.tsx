import type { CSSProperties } from "react";
import type { Schema } from "@/api-client";
import { Severity, severityColor, TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { formatAgo, useNow } from "@/lib/time";
import { useOpenIncidents } from "../api/queries";
import { Go } from "./go";
import { Answer, Panel, Quiet } from "./panel";
import styles from "./incidents-panel.module.css";

function Clock({ incident }: { incident: Schema<"IncidentItem"> }) {
  const now = useNow();
  if (incident.paused) return t("overview.incidents.paused");
  if (incident.due === null) return <TimeAgo time={incident.updated} />;
  const when = formatAgo(incident.due, now);
  return incident.breached ? t("overview.incidents.breached", { when }) : t("overview.incidents.due", { when });
}

function IncidentRow({ incident }: { incident: Schema<"IncidentItem"> }) {
  const risk = Math.round(incident.risk);
  const level = { "--level": severityColor(incident.severity) } as CSSProperties;
  return (
    <Go to="/incidents/$id" params={{ id: incident.id }} className={styles.row}>
      <span className={styles.risk} style={level} title={t("overview.incidents.risk", { risk })}>
        {risk}
      </span>
      <span style={{ minWidth: 0 }}>
        <span className={styles.title} style={{ display: "block" }} title={incident.title}>
          {incident.title}
        </span>
        <span className={styles.about}>
          <Severity level={incident.severity} />
          <span>{t("overview.incidents.alerts", { count: incident.alerts })}</span>
          <span>{incident.owner ?? t("overview.incidents.owner.none")}</span>
          <span>{incident.entities.slice(0, 3).map((entity) => entity.value).join(", ")}</span>
        </span>
      </span>
      <span className={styles.side} data-breached={incident.breached || undefined}>
        <Clock incident={incident} />
      </span>
    </Go>
  );
}

export function IncidentsPanel({ className, limit = 7 }: { className?: string | undefined; limit?: number }) {
  const query = useOpenIncidents(limit);
  const none = <Quiet title={t("overview.incidents.none")} hint={t("overview.incidents.none.hint")} />;
  return (
    <Panel title={t("overview.incidents")} more={<Go to="/incidents">{t("overview.incidents.all")}</Go>} className={className}>
      <Answer query={query} denied={none}>
        {(page) =>
          page === null || page.items.length === 0 ? (
            none
          ) : (
            <ul className={styles.list}>
              {page.items.map((incident) => (
                <li key={incident.id}>
                  <IncidentRow incident={incident} />
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Panel>
  );
}
