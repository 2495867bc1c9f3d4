import { TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Severity, TimeAgo, Timestamp, Value } from "@/components";
import { t } from "@/lib/messages";
import type { Alert } from "../api/types";
import { useIncidentOfAlert } from "../api/queries";
import { fieldsOf } from "../lib/fields";
import { highlight } from "../lib/highlight";
import { Chips } from "./labels";
import { Marked } from "./marked";
import styles from "./detail.module.css";

const entityFields: Record<string, string> = { user: "user.name", host: "host.name", ip: "related.ip", hash: "related.hash", domain: "dns.question.name", process: "process.entity_id" };

export function OverviewTab({ alert }: { alert: Alert }) {
  return (
    <>
      <Facts alert={alert} />
      <Matches alert={alert} />
      <Fields alert={alert} />
    </>
  );
}

function Facts({ alert }: { alert: Alert }) {
  const incident = useIncidentOfAlert(alert.id).data?.incident;
  return (
    <section className={styles.section}>
      <dl className={styles.pair}>
        <dt>{t("alerts.detail.time")}</dt>
        <dd>
          <Timestamp time={alert.time} precision="millisecond" /> <span className={styles.muted}>({t("alerts.detail.detected")} <TimeAgo time={alert.detected} />)</span>
        </dd>
        {alert.correlation && (
          <>
            <dt>{t("alerts.detail.correlation")}</dt>
            <dd>{t("alerts.detail.correlation.value", { type: alert.correlation.type, value: alert.correlation.value, events: alert.event_ids.length })}</dd>
          </>
        )}
        <dt>{t("alerts.detail.entities")}</dt>
        <dd>
          {alert.entities.map(({ kind, value }) => (
            <div key={`${kind}:${value}`}>
              <span className={styles.muted}>{kind}</span> <Value field={entityFields[kind] ?? kind} value={value} />
            </div>
          ))}
        </dd>
        <dt>{t("alerts.detail.techniques")}</dt>
        <dd>
          <Chips values={alert.techniques ?? []} most={12} /> <span className={styles.muted}>{(alert.tactics ?? []).join(", ")}</span>
        </dd>
        {alert.group_key && (
          <>
            <dt>{t("alerts.detail.key")}</dt>
            <dd className={styles.fieldValue}>{alert.group_key}</dd>
          </>
        )}
        {alert.reason && (
          <>
            <dt>{t("alerts.detail.reason")}</dt>
            <dd>{alert.reason}</dd>
          </>
        )}
        {incident && (
          <>
            <dt>{t("alerts.detail.incident")}</dt>
            <dd>
              <Link to={"/incidents/$id"} params={{ id: incident.id } as never}>
                {incident.title}
              </Link>{" "}
              <Severity level={incident.severity} compact />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Matches({ alert }: { alert: Alert }) {
  if (alert.matches.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>{t("alerts.detail.matched")}</h3>
      {alert.matches.map((match, index) => (
        <div key={index} className={styles.match}>
          <span className={styles.matchField}>
            {match.field}
            {match.modifier && ` |${match.modifier}`}
          </span>
          <span className={styles.fieldValue}>
            <Value field={match.field} value={match.value} wrap>
              <Marked parts={highlight(match.value, match.modifier, match.pattern)} />
            </Value>
          </span>
        </div>
      ))}
    </section>
  );
}

function Fields({ alert }: { alert: Alert }) {
  const [filter, setFilter] = useState("");
  const rows = fieldsOf(alert.document, alert.matches, filter);
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>
        {t("alerts.detail.event")}
        <TextInput
          size="xs"
          ml="auto"
          w={200}
          aria-label={t("alerts.detail.filter")}
          placeholder={t("alerts.detail.filter")}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
      </h3>
      {rows.length === 0 ? (
        <div className={styles.note}>{t("alerts.detail.nofield")}</div>
      ) : (
        <div className={styles.grid}>
          {rows.flatMap(({ field, value, parts }) => [
            <span key={field} className={styles.fieldName} data-hit={parts ? true : undefined} title={field}>
              {field}
            </span>,
            <span key={`${field}=`} className={styles.fieldValue}>
              <Value field={field} value={value} wrap>
                {parts && <Marked parts={parts} />}
              </Value>
            </span>,
          ])}
        </div>
      )}
    </section>
  );
}
