import { Button, Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, idempotent, unwrap } from "@/api-client";
import { ErrorState, LoadingState, Severity, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { formatPercent } from "@/lib/numbers";
import { useCan } from "@/lib/session";
import { useIncidentAction } from "../api/changes";
import { useMembers } from "../api/queries";
import type { Incident, Member } from "../api/types";
import styles from "./incident.module.css";
import { Entity } from "./labels";

const mostLinks = 3;

/** Alerts of one rule about one thing, each with why it belongs here; chosen ones can be split off. */
export function MembersTab({ incident }: { incident: Incident }) {
  const members = useMembers(incident.id);
  const mayWrite = useCan("incidents.write");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const split = useIncidentAction(
    (ids: string[]) =>
      unwrap(api.POST("/incidents/{id}/split", { params: { path: { id: incident.id }, header: idempotent() }, body: { members: ids } })),
    t("incidents.split.done"),
  );
  if (members.error) return <ErrorState error={members.error} onRetry={() => void members.refetch()} />;
  if (!members.data) return <LoadingState />;
  const { items } = members.data;
  const toggle = (id: string) =>
    setChosen((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const possible = !incident.by_hand && items.length > 1;
  return (
    <div className={styles.stack}>
      {mayWrite && possible && (
        <div className={styles.headline}>
          <span className={styles.muted}>{t("incidents.split.hint")}</span>
          <Button
            variant="default"
            className={styles.spread}
            disabled={chosen.size === 0 || chosen.size === items.length}
            loading={split.isPending}
            onClick={() => split.mutate([...chosen], { onSuccess: () => setChosen(new Set()) })}
          >
            {t("incidents.split.submit", { count: chosen.size })}
          </Button>
        </div>
      )}
      <ul className={`${styles.card} ${styles.rows}`}>
        {items.map((member) => (
          <MemberRow key={member.id} member={member} chosen={chosen.has(member.id)} onToggle={mayWrite && possible ? () => toggle(member.id) : undefined} />
        ))}
      </ul>
    </div>
  );
}

function MemberRow({ member, chosen, onToggle }: { member: Member; chosen: boolean; onToggle: (() => void) | undefined }) {
  const [open, setOpen] = useState(false);
  return (
    <li className={styles.entry}>
      <div className={styles.entryHead}>
        {onToggle && <Checkbox aria-label={t("incidents.split.choose", { title: member.rule.title })} checked={chosen} onChange={onToggle} />}
        <Severity level={member.level} compact />
        <b>{member.rule.title}</b>
        <Timestamp time={member.first} />
        <span className={styles.chip}>{t("incidents.entities.alerts", { count: member.alerts })}</span>
        {member.techniques.map((technique) => (
          <span key={technique} className={styles.chip}>
            {technique}
          </span>
        ))}
        <Button variant="subtle" size="compact-xs" className={styles.spread} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t("incidents.members.less") : t("incidents.members.alerts")}
        </Button>
      </div>
      <div className={styles.facts}>
        {member.entities.slice(0, 6).map(({ kind, value }) => (
          <Entity key={`${kind}:${value}`} kind={kind} value={value} />
        ))}
      </div>
      <ul className={styles.custody}>
        <li>{t("incidents.members.evidence", { share: formatPercent(member.evidence), reason: member.evidence_reason })}</li>
        {member.links.slice(0, open ? member.links.length : mostLinks).map((link, index) => (
          <li key={index}>
            {t(`incidents.link.${link.kind}`)} ({formatPercent(link.weight)}): {link.reason}
          </li>
        ))}
      </ul>
      {open && (
        <div className={styles.facts} style={{ marginTop: 5 }}>
          {member.alert_ids.map((id, index) => (
            <Link key={id} to={"/alerts"} search={{ alert: id, from: "", status: ["new", "in_progress", "closed"], rule: member.rule.id } as never}>
              {t("incidents.members.alert", { number: index + 1 })}
            </Link>
          ))}
        </div>
      )}
    </li>
  );
}
