import { Button } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { EmptyState, ErrorState, LoadingState, Page, TimeAgo, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { formatBytes, formatCount, formatPercent } from "@/lib/numbers";
import { useCan } from "@/lib/session";
import { formatSpan } from "@/lib/time";
import { AreaChart } from "@/viz/area-chart";
import { useRates } from "../api/rates";
import { keyOf, useDeadLetters, useSources, type DeadLetter, type Source } from "../api/sources";
import { DeadLetterDrawer } from "../components/dead-letters";
import { formatRate } from "../components/live-rate";
import styles from "../components/sources.module.css";

const spanOf = (seconds: number | undefined): string => (seconds === undefined ? "–" : formatSpan(seconds * 1000));

function Rate({ source }: { source: Source }) {
  const points = useRates(keyOf(source));
  const last = points.at(-1);
  return (
    <section className={styles.card}>
      <h2>{t("sources.source.rate")}</h2>
      {last && points.length > 1 ? (
        <AreaChart
          kind="area"
          height={150}
          summary={t("sources.source.rate.summary", { rate: formatRate(last.rate), count: points.length })}
          data={{
            times: points.map((point) => point.time),
            interval: 10_000,
            series: [{ name: t("sources.column.rate"), color: "var(--v-accent)", values: points.map((point) => point.rate) }],
          }}
        />
      ) : (
        <p className={styles.hint}>{t("sources.source.rate.wait")}</p>
      )}
    </section>
  );
}

function Facts({ source }: { source: Source }) {
  const facts = [
    [t("sources.column.events"), formatCount(source.events)],
    [t("sources.column.bytes"), formatBytes(source.bytes)],
    [t("sources.column.failures"), `${formatCount(source.failures)} (${formatPercent(source.failures / Math.max(1, source.events))})`],
    [t("sources.column.mean"), formatRate(source.events_per_second ?? 0)],
    [t("sources.column.pause"), spanOf(source.usual_pause_seconds)],
    [t("sources.column.longest"), spanOf(source.longest_pause_seconds)],
  ];
  return (
    <section className={styles.card}>
      <h2>{t("sources.source.facts")}</h2>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <dt>{t("sources.column.last")}</dt>
        <dd>
          <TimeAgo time={source.last_seen} />
        </dd>
        <dt>{t("sources.column.first")}</dt>
        <dd>
          <Timestamp time={source.first_seen} />
        </dd>
      </dl>
    </section>
  );
}

function Failures({ source }: { source: Source }) {
  const letters = useDeadLetters(`vedette.dead_letter.listener: "${source.listener}"`);
  const [open, setOpen] = useState<DeadLetter>();
  const own = letters.data?.pages.flatMap((page) => page.items).filter((letter) => letter.source === source.source) ?? [];
  return (
    <section className={`${styles.card} ${styles.wide}`}>
      <h2>{t("sources.source.failures")}</h2>
      {letters.error && <ErrorState error={letters.error} onRetry={() => void letters.refetch()} />}
      {letters.data && own.length === 0 && <p className={styles.hint}>{t("sources.source.failures.none")}</p>}
      {own.slice(0, 20).map((letter) => (
        <div key={letter.id} style={{ padding: "5px 0" }}>
          <Timestamp time={letter.time} /> {letter.reason}{" "}
          <Button variant="subtle" size="compact-xs" onClick={() => setOpen(letter)}>
            {t("common.action.more")}
          </Button>
          <code className={styles.clip} style={{ display: "block" }}>
            {letter.text.slice(0, 300)}
          </code>
        </div>
      ))}
      <DeadLetterDrawer letter={open} onClose={() => setOpen(undefined)} />
    </section>
  );
}

export function SourcePage() {
  const { listener = "", source: name = "" } = useParams({ strict: false });
  const query = useSources();
  const mayReadLetters = useCan("dead_letters.read");
  const source = query.data?.find((one) => one.listener === listener && one.source === name);
  const back = (
    <Button component={Link} to="/sources" variant="default" size="compact-xs">
      {t("sources.source.back")}
    </Button>
  );
  if (!source) {
    return (
      <Page title={name} actions={back}>
        {query.data ? (
          <EmptyState title={t("sources.source.gone")} hint={t("sources.source.gone.hint")} />
        ) : query.error ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <LoadingState />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={source.source}
      meta={
        <>
          <span className={styles.state} data-silent={source.silent || undefined}>
            {source.silent ? t("sources.state.silent") : t("sources.state.sends")}
          </span>{" "}
          · {source.listener}
        </>
      }
      actions={back}
    >
      {source.silent && (
        <div className={styles.banner} role="status">
          {t("sources.source.silent", { usual: spanOf(source.usual_pause_seconds), longest: spanOf(source.longest_pause_seconds) })}{" "}
          {t("sources.source.silent.hint")}
        </div>
      )}
      <div className={styles.cards}>
        <Rate source={source} />
        <Facts source={source} />
        {mayReadLetters && <Failures source={source} />}
      </div>
    </Page>
  );
}
