import { IconAlertTriangle, IconPlayerPause } from "@tabler/icons-react";
import { t } from "@/lib/messages";
import { formatSpan, useNow } from "@/lib/time";
import { byTactic, tacticName } from "@/viz/attack";
import type { Classification, IncidentItem, IncidentStatus } from "../api/types";
import styles from "./labels.module.css";

export const statusName = (status: IncidentStatus): string => t(`incidents.status.${status}`);
export const classificationName = (one: Classification): string => t(`incidents.classification.${one}`);

export function StatusLabel({ status }: { status: IncidentStatus }) {
  return (
    <span className={styles.status} data-status={status}>
      {statusName(status)}
    </span>
  );
}

/** A risk from 0 to 100 as bar and number. */
export function Risk({ risk }: { risk: number }) {
  const band = risk >= 90 ? "critical" : risk >= 70 ? "high" : risk >= 40 ? "medium" : "low";
  if (risk === 0) return <span className={styles.none}>–</span>;
  return (
    <span className={styles.risk}>
      <span className={styles.riskTrack} aria-hidden="true">
        <span className={styles.riskBar} style={{ width: `${Math.min(100, risk)}%`, background: `var(--v-severity-${band})` }} />
      </span>
      <span className={styles.riskNumber}>{Math.round(risk)}</span>
    </span>
  );
}

/** Time left on the clock that runs out next. */
export function Due({ incident }: { incident: Pick<IncidentItem, "due" | "breached" | "paused"> }) {
  const now = useNow();
  if (incident.paused) {
    return (
      <span className={styles.due}>
        <IconPlayerPause size={13} aria-hidden /> {t("incidents.due.paused")}
      </span>
    );
  }
  const left = incident.due === null ? undefined : Date.parse(incident.due) - now;
  if (incident.breached || (left !== undefined && left < 0)) {
    return (
      <span className={styles.due} data-state="breached">
        <IconAlertTriangle size={13} aria-hidden />
        {left !== undefined && left < 0 ? t("incidents.due.over", { span: formatSpan(left) }) : t("incidents.due.breached")}
      </span>
    );
  }
  if (left === undefined) return <span className={styles.none}>–</span>;
  return (
    <span className={styles.due} data-state={left < 3_600_000 ? "soon" : undefined}>
      {t("incidents.due.left", { span: formatSpan(left) })}
    </span>
  );
}

/** How far along the way of an attack an incident is: a dot for each tactic. */
export function TacticStrip({ tactics }: { tactics: readonly string[] }) {
  const ordered = [...tactics].sort(byTactic);
  return (
    <span className={styles.tactics} title={ordered.map(tacticName).join(" → ")}>
      {ordered.map((tactic) => (
        <span key={tactic} className={styles.dot} aria-hidden="true" />
      ))}
      <span className={styles.tacticCount}>{t("incidents.tactics", { count: ordered.length })}</span>
    </span>
  );
}

export function Entity({ kind, value }: { kind: string; value: string }) {
  return (
    <span className={styles.entity} title={`${kind}: ${value}`}>
      <span className={styles.kind}>{kind}</span>
      <span className={styles.entityValue}>{value}</span>
    </span>
  );
}
