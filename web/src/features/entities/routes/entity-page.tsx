import { Button } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { EmptyState, Page, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import { useCan } from "@/lib/session";
import { Activity } from "../components/activity";
import { AlertsCard, IncidentsCard } from "../components/alerts-card";
import { Card } from "../components/card";
import styles from "../components/entities.module.css";
import { Peers } from "../components/peers";
import { Risk } from "../components/risk";
import { useEntityRisk, useSeen } from "../api/queries";
import { kindOf, queryOf, type Kind } from "../lib/kinds";

/** A user, a host, an address: what it does, how risky it is and why. */
export function EntityPage() {
  const { kind: name = "", value = "" }: { kind?: string; value?: string } = useParams({ strict: false });
  const kind = kindOf(name);
  if (!kind) return <EmptyState title={t("entities.unknown")} hint={t("entities.unknown.hint")} />;
  return <Whole key={`${kind}:${value}`} kind={kind} value={value} />;
}

function Whole({ kind, value }: { kind: Kind; value: string }) {
  const risk = useEntityRisk(kind, value).data ?? null;
  const mayAlerts = useCan("alerts.read");
  const mayEvents = useCan("events.read");
  const navigate = useNavigate();
  return (
    <Page
      title={value}
      meta={t(`entities.kind.${kind}`)}
      actions={
        mayEvents && (
          <Button variant="default" onClick={() => void navigate({ to: "/search", search: { query: queryOf(kind, value) } as never })}>
            {t("entities.search")}
          </Button>
        )
      }
    >
      <Facts kind={kind} value={value} risk={risk} />
      {mayEvents && <Activity kind={kind} value={value} />}
      <div className={styles.columns}>
        <div className={styles.stack}>
          {mayAlerts && <AlertsCard kind={kind} value={value} />}
          {mayEvents && <Peers kind={kind} value={value} />}
        </div>
        <div className={styles.stack}>
          <Card title={t("entities.reasons")}>
            {risk && risk.contributions.length > 0 ? (
              <ul className={styles.rows} tabIndex={0}>
                {risk.contributions.map((one, index) => (
                  <li key={index} className={styles.row}>
                    <span className={styles.points}>+{one.points.toFixed(1)}</span>
                    <span style={{ overflowWrap: "anywhere" }}>
                      {one.what} <span className={styles.muted}>{one.reason}</span>
                    </span>
                  </li>
                ))}
              </ul>
            ) : (
              <div className={styles.cardBody}>{t("entities.reasons.none")}</div>
            )}
          </Card>
          <IncidentsCard incidents={risk?.incidents ?? []} />
        </div>
      </div>
    </Page>
  );
}

function Facts({ kind, value, risk }: { kind: Kind; value: string; risk: ReturnType<typeof useEntityRisk>["data"] }) {
  const seen = useSeen(kind, value).data;
  const facts = [
    { name: t("entities.column.risk"), shown: risk ? <Risk risk={risk.risk} /> : "–" },
    { name: t("entities.column.criticality"), shown: risk ? `× ${risk.criticality}` : "–" },
    { name: t("entities.column.alerts"), shown: formatCount(risk?.alerts ?? 0) },
    { name: t("entities.first"), shown: seen ? <Timestamp time={seen.first} /> : "–" },
    { name: t("entities.last"), shown: seen ? <Timestamp time={seen.last} /> : "–" },
    { name: t("entities.all"), shown: seen ? formatCount(seen.events) : "–" },
  ];
  return (
    <div className={styles.facts}>
      {facts.map(({ name, shown }) => (
        <div key={name} className={styles.fact}>
          <div className={styles.factName}>{name}</div>
          <div className={styles.factValue}>{shown}</div>
        </div>
      ))}
    </div>
  );
}
