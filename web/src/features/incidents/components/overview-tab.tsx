import { Button, Group, Textarea } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Severity, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { tacticName } from "@/viz/attack";
import { useEditIncident } from "../api/changes";
import { useRelated } from "../api/queries";
import type { Incident } from "../api/types";
import { Card } from "./card";
import { Clocks } from "./clocks";
import styles from "./incident.module.css";
import { Entity, Risk, StatusLabel } from "./labels";
import { Prose } from "./prose";

export function OverviewTab({ incident, answered }: { incident: Incident; answered: number }) {
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>
        <Summary key={incident.version} incident={incident} />
        <Card title={t("incidents.stages")}>
          <div className={`${styles.cardBody} ${styles.stages}`}>
            {incident.stages.map((stage) => (
              <div key={stage.tactic} className={styles.stage}>
                <b>{tacticName(stage.tactic)}</b>
                <span className={styles.muted}>
                  <Timestamp time={stage.first} />
                </span>
                <span className={styles.mono}>{stage.techniques.join(" ")}</span>
              </div>
            ))}
            {incident.stages.length === 0 && <span className={styles.muted}>{t("incidents.stages.none")}</span>}
          </div>
        </Card>
        <Card title={t("incidents.risk.title")} actions={<span className={styles.muted}>{t("incidents.risk.of", { risk: Math.round(incident.risk) })}</span>}>
          <ul className={styles.rows}>
            {incident.contributions.map((one, index) => (
              <li key={index} className={styles.row}>
                <span className={styles.points}>+{one.points.toFixed(1)}</span>
                <span className={styles.wrapText}>
                  {one.what} <span className={styles.muted}>{one.reason}</span>
                </span>
              </li>
            ))}
          </ul>
          {incident.contributions.length === 0 && <div className={styles.cardBody}>{t("incidents.risk.none")}</div>}
        </Card>
      </div>
      <div className={styles.stack}>
        <Card title={t("incidents.clocks")}>
          <Clocks clocks={incident.clocks} answered={answered} />
        </Card>
        <Entities incident={incident} />
        <Related id={incident.id} />
      </div>
    </div>
  );
}

function Summary({ incident }: { incident: Incident }) {
  const mayWrite = useCan("incidents.write");
  const [draft, setDraft] = useState<string>();
  const edit = useEditIncident(incident);
  return (
    <Card
      title={t("incidents.summary")}
      actions={
        mayWrite && draft === undefined ? (
          <Button variant="subtle" size="compact-xs" onClick={() => setDraft(incident.summary)}>
            {t("incidents.edit")}
          </Button>
        ) : undefined
      }
    >
      <div className={styles.cardBody}>
        {draft !== undefined ? (
          <>
            <Textarea aria-label={t("incidents.summary")} autosize minRows={4} maxRows={18} maxLength={50_000} autoFocus value={draft} onChange={(event) => setDraft(event.currentTarget.value)} />
            <Group gap="xs" mt="xs">
              <Button loading={edit.isPending} onClick={() => edit.mutate({ summary: draft }, { onSuccess: () => setDraft(undefined) })}>
                {t("common.action.save")}
              </Button>
              <Button variant="default" onClick={() => setDraft(undefined)}>
                {t("common.action.cancel")}
              </Button>
            </Group>
          </>
        ) : incident.summary ? (
          <Prose text={incident.summary} />
        ) : (
          <span className={styles.muted}>
            {t("incidents.summary.engine", { alerts: incident.alerts, members: incident.members, title: incident.engine_title })}
          </span>
        )}
        {incident.closing_note && (
          <>
            <p className={styles.muted}>{t("incidents.closing")}</p>
            <Prose text={incident.closing_note} />
          </>
        )}
      </div>
    </Card>
  );
}

function Entities({ incident }: { incident: Incident }) {
  const [all, setAll] = useState(false);
  const shown = all ? incident.all_entities : incident.all_entities.slice(0, 12);
  return (
    <Card title={t("incidents.entities")} actions={<span className={styles.muted}>{incident.all_entities.length}</span>}>
      <ul className={styles.rows}>
        {shown.map(({ kind, value, alerts, risk }) => (
          <li key={`${kind}:${value}`} className={styles.row}>
            <Link to={"/entities/$kind/$value"} params={{ kind, value } as never} className={styles.grow} style={{ color: "inherit", textDecoration: "none" }}>
              <Entity kind={kind} value={value} />
            </Link>
            <span className={styles.muted}>{t("incidents.entities.alerts", { count: alerts })}</span>
            <span style={{ width: 84 }}>
              <Risk risk={risk} />
            </span>
          </li>
        ))}
      </ul>
      {incident.all_entities.length > shown.length && (
        <div className={styles.cardBody}>
          <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
            {t("incidents.entities.more", { count: incident.all_entities.length - shown.length })}
          </Button>
        </div>
      )}
    </Card>
  );
}

function Related({ id }: { id: string }) {
  const related = useRelated(id).data?.items ?? [];
  if (related.length === 0) return null;
  return (
    <Card title={t("incidents.related")}>
      <ul className={styles.rows}>
        {related.map(({ incident, reasons }) => (
          <li key={incident.id} className={styles.row}>
            <Severity level={incident.severity} compact />
            <span className={styles.grow} title={reasons.join("\n")}>
              <Link to={"/incidents/$id"} params={{ id: incident.id }}>
                {incident.title}
              </Link>
              <span className={styles.muted}> {reasons[0]}</span>
            </span>
            <StatusLabel status={incident.status} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
