import { Chip, Group } from "@mantine/core";
import { useMemo, useState } from "react";
import { EmptyState, ErrorState, LoadingState, Severity, severityColor, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { useTimeline } from "../api/queries";
import type { Incident, TimelineItem } from "../api/types";
import { Prose } from "./prose";
import styles from "./incident.module.css";
import { caseLane, TimelineChart, type ChartItem } from "./timeline-chart";

const mostLanes = 8;

function chartItem(item: TimelineItem, lanes: ReadonlySet<string>): ChartItem {
  const start = Date.parse(item.member?.first ?? item.time);
  const own = (item.member?.entities ?? []).map(({ kind, value }) => `${kind}:${value}`).filter((lane) => lanes.has(lane));
  return {
    id: item.id,
    start,
    end: Math.max(start, Date.parse(item.member?.last ?? item.time)),
    lanes: item.member ? own : [caseLane],
    color: item.member ? severityColor(item.member.level) : "var(--v-series-4)",
    label: item.member?.rule.title ?? `${t(`incidents.kind.${item.kind}`)}: ${(item.entry?.text ?? "").slice(0, 120)}`,
  };
}

/** What happened, and what was done about it, by time. */
export function TimelineTab({ incident }: { incident: Incident }) {
  const timeline = useTimeline(incident.id);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set(["change"]));
  const [chosen, setChosen] = useState<string>();
  const lanes = useMemo(() => incident.all_entities.slice(0, mostLanes).map(({ kind, value }) => `${kind}:${value}`), [incident.all_entities]);
  const items = useMemo(() => (timeline.data?.items ?? []).filter((item) => !hidden.has(item.kind)), [timeline.data, hidden]);
  const marks = useMemo(() => {
    const known = new Set(lanes);
    return items.map((item) => chartItem(item, known));
  }, [items, lanes]);
  if (timeline.error) return <ErrorState error={timeline.error} onRetry={() => void timeline.refetch()} />;
  if (!timeline.data) return <LoadingState />;
  const kinds = [...new Set(timeline.data.items.map((item) => item.kind))];
  const written = marks.some((mark) => mark.lanes.includes(caseLane));
  const toggle = (kind: string) =>
    setHidden((old) => {
      const next = new Set(old);
      if (!next.delete(kind)) next.add(kind);
      return next;
    });
  return (
    <div className={styles.stack}>
      <Group gap={6} role="group" aria-label={t("incidents.timeline.kinds")}>
        {kinds.map((kind) => (
          <Chip key={kind} size="xs" checked={!hidden.has(kind)} onChange={() => toggle(kind)}>
            {t(`incidents.kind.${kind}`)}
          </Chip>
        ))}
      </Group>
      {items.length === 0 ? (
        <EmptyState title={t("incidents.timeline.none")} />
      ) : (
        <>
          <TimelineChart items={marks} lanes={written ? [...lanes, caseLane] : lanes} chosen={chosen} onChoose={setChosen} />
          <ol className={`${styles.card} ${styles.rows}`}>
            {items.map((item) => (
              <Line key={item.id} item={item} chosen={item.id === chosen} onChoose={() => setChosen(item.id)} />
            ))}
          </ol>
          {timeline.data.next !== null && <div className={styles.muted}>{t("incidents.timeline.cut", { count: timeline.data.items.length })}</div>}
        </>
      )}
    </div>
  );
}

function Line({ item, chosen, onChoose }: { item: TimelineItem; chosen: boolean; onChoose: () => void }) {
  const { member, entry } = item;
  return (
    <li
      ref={(line) => {
        if (chosen) line?.scrollIntoView({ block: "nearest" });
      }}
      className={styles.row}
      style={chosen ? { background: "var(--v-selected)" } : undefined}
      onClick={onChoose}
    >
      <span className={styles.muted} style={{ flex: "none" }}>
        <Timestamp time={item.time} />
      </span>
      {member ? (
        <>
          <Severity level={member.level} compact />
          <span className={styles.wrapText}>
            <b style={{ fontWeight: 550 }}>{member.rule.title}</b> <span className={styles.muted}>{member.entities.map(({ value }) => value).slice(0, 4).join(" · ")}</span>
          </span>
          <span className={styles.chip}>{t("incidents.entities.alerts", { count: member.alerts })}</span>
        </>
      ) : (
        <>
          <span className={styles.chip}>{t(`incidents.kind.${item.kind}`)}</span>
          <div className={styles.wrapText}>
            <Prose text={entry?.text ?? ""} />
          </div>
          <span className={styles.muted}>{entry?.by ?? t("incidents.node")}</span>
        </>
      )}
    </li>
  );
}
