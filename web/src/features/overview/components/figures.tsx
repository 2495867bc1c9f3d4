import type { ReactNode } from "react";
import type { Schema } from "@/api-client";
import { t } from "@/lib/messages";
import { formatCompact, formatCount, formatPercent } from "@/lib/numbers";
import { formatSpan, useNow, type TimeRange } from "@/lib/time";
import { SparkLine } from "@/viz/spark-line";
import { useIngestRate } from "../api/ingest-rate";
import { useAlertVolume, useHealth, useIncidentSummary, useSources } from "../api/queries";
import styles from "./figures.module.css";

type Tone = "good" | "warn" | "bad" | undefined;

interface FigureProps {
  label: string;
  value: ReactNode;
  unit?: string;
  note?: string | undefined;
  tone?: Tone;
  children?: ReactNode;
}

function Figure({ label, value, unit, note, tone, children }: FigureProps) {
  return (
    <div className={styles.figure}>
      <div className={styles.label}>{label}</div>
      <div className={styles.value}>
        {value}
        {unit !== undefined && <span className={styles.unit}>{unit}</span>}
      </div>
      <div className={styles.note} data-tone={tone} title={note}>
        {note ?? "\u00a0"}
      </div>
      {children}
    </div>
  );
}

const unknown = "–";

function incidentNote(summary: Schema<"IncidentSummary"> | null | undefined): { note?: string; tone?: Tone } {
  if (!summary) return {};
  if (summary.breached > 0) return { note: t("overview.figure.incidents.breached", { count: summary.breached }), tone: "bad" };
  if (summary.unassigned > 0) return { note: t("overview.figure.incidents.unassigned", { count: summary.unassigned }), tone: "warn" };
  return { note: t("overview.figure.incidents.fine"), tone: "good" };
}

function Incidents() {
  const { data } = useIncidentSummary();
  return <Figure label={t("overview.figure.incidents")} value={data ? formatCount(data.total) : unknown} {...incidentNote(data)} />;
}

function Alerts({ range }: { range: TimeRange }) {
  const { data } = useAlertVolume(range);
  const total = data?.summary.total;
  const grave = (data?.summary.levels.critical ?? 0) + (data?.summary.levels.high ?? 0);
  return (
    <>
      <Figure
        label={t("overview.figure.alerts")}
        value={total === undefined ? unknown : formatCompact(total)}
        note={data && t("overview.figure.alerts.new", { count: data.summary.statuses.new ?? 0 })}
      />
      <Figure
        label={t("overview.figure.grave")}
        value={data ? formatCompact(grave) : unknown}
        note={total ? t("overview.figure.grave.share", { share: formatPercent(grave / total) }) : undefined}
      />
    </>
  );
}

function Intake() {
  const { data: sources } = useSources();
  const rates = useIngestRate();
  const now = useNow();
  const silent = sources?.filter((source) => source.silent).length ?? 0;
  const last = sources?.reduce((latest, source) => Math.max(latest, Date.parse(source.last_seen ?? "") || 0), 0) ?? 0;
  const rate = rates.at(-1);
  return (
    <>
      <Figure
        label={t("overview.figure.sources")}
        value={sources ? formatCount(sources.length) : unknown}
        note={sources && (silent > 0 ? t("overview.figure.sources.silent", { count: silent }) : t("overview.figure.sources.fine"))}
        tone={silent > 0 ? "warn" : "good"}
      />
      <Figure
        label={t("overview.figure.rate")}
        value={rate === undefined ? unknown : formatCompact(Math.round(rate))}
        unit={t("overview.figure.rate.unit")}
        note={rate === undefined ? t("overview.figure.rate.measuring") : undefined}
      >
        <span className={styles.spark}>
          <SparkLine values={rates} width={72} />
        </span>
      </Figure>
      <Figure
        label={t("overview.figure.last")}
        value={last === 0 ? unknown : formatSpan(Math.max(0, now - last))}
        note={t("overview.figure.last.hint")}
      />
    </>
  );
}

function Node() {
  const { data } = useHealth();
  const problems = data?.checks.filter((check) => check.problem !== null) ?? [];
  const ill = data !== undefined && !data.well;
  return (
    <Figure
      label={t("overview.figure.health")}
      value={
        data === undefined
          ? unknown
          : ill
            ? t("overview.figure.health.ill", { count: Math.max(1, problems.length) })
            : t("overview.figure.health.well")
      }
      note={
        data &&
        (ill
          ? problems.map((check) => `${check.name}: ${check.problem ?? ""}`).join("; ")
          : t("overview.figure.health.checks", { count: data.checks.length }))
      }
      tone={ill ? "bad" : "good"}
    />
  );
}

/** The state of things in one line. */
export function Figures({ range }: { range: TimeRange }) {
  return (
    <section className={styles.figures} aria-label={t("overview.figures")}>
      <Incidents />
      <Alerts range={range} />
      <Intake />
      <Node />
    </section>
  );
}
