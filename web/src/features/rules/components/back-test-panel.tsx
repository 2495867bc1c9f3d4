import { Button, Progress } from "@mantine/core";
import { api, idempotent, unwrap, type Schema } from "@/api-client";
import { EmptyState, explain, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { formatCompact, formatCount } from "@/lib/numbers";
import { describeRange, resolveRange, useTimeRange, useZone } from "@/lib/time";
import { AreaChart } from "@/viz/area-chart";
import { BarList } from "@/viz/bar-list";
import type { JobRun } from "../api/jobs";
import { Matches } from "./matches";
import styles from "./workbench.module.css";

export type BackTest = Schema<"BackTest">;

const day = 86_400_000;

/** Starts a back-test of a text over the time range of the page. */
export function useBackTestStart(run: JobRun<BackTest>) {
  const { range } = useTimeRange();
  return (yaml: string) => {
    const { from, to } = resolveRange(range);
    run.start(() =>
      unwrap(
        api.POST("/rules/back-test", {
          params: { header: idempotent() },
          body: { yaml, from: new Date(from ?? 0).toISOString(), to: new Date(to).toISOString() },
        }),
      ),
    );
  };
}

interface Props {
  run: JobRun<BackTest>;
  stale: boolean;
  onStart: () => void;
}

/** What the rule would have raised over what is stored. */
export function BackTestPanel({ run, stale, onStart }: Props) {
  const { range } = useTimeRange();
  const zone = useZone();
  return (
    <>
      <div className={styles.bar}>
        <Button onClick={onStart} loading={run.running}>
          {t("rules.backtest.run")}
        </Button>
        <span className={styles.muted}>{t("rules.backtest.range", { range: describeRange(range, zone) })}</span>
        <span className={styles.spacer} />
        {run.running && (
          <Button variant="default" onClick={run.cancel}>
            {t("rules.backtest.cancel")}
          </Button>
        )}
      </div>
      <Outcome run={run} stale={stale} />
    </>
  );
}

function Outcome({ run, stale }: Pick<Props, "run" | "stale">) {
  if (run.error !== undefined) return <EmptyState title={t("rules.backtest.failed")} hint={explain(run.error)} />;
  if (run.running) {
    return (
      <div role="status">
        <p className={styles.hint}>{run.job?.message || t("rules.backtest.running")}</p>
        <Progress value={100 * (run.job?.progress ?? 0)} animated aria-label={t("rules.backtest.running")} />
      </div>
    );
  }
  if (run.job?.state === "failed") return <EmptyState title={t("rules.backtest.failed")} hint={run.job.message} />;
  if (run.job?.state === "cancelled") return <EmptyState title={t("rules.backtest.cancelled")} />;
  if (!run.result) return <EmptyState title={t("rules.backtest.none")} hint={t("rules.backtest.none.hint")} />;
  return (
    <>
      {stale && <p className={styles.hint}>{t("rules.backtest.stale")}</p>}
      <Result result={run.result} />
    </>
  );
}

function Result({ result }: { result: BackTest }) {
  const days = Math.max(1, (Date.parse(result.to) - Date.parse(result.from)) / day);
  return (
    <>
      <div className={styles.figures} role="status">
        <div>
          <strong>{formatCompact(result.events)}</strong>
          {t("rules.backtest.events")}
        </div>
        <div>
          <strong>{formatCount(result.alerts)}</strong>
          {t("rules.backtest.alerts")}
        </div>
        <div>
          <strong>{formatCompact(Math.round((10 * result.alerts) / days) / 10)}</strong>
          {t("rules.backtest.rate")}
        </div>
      </div>
      {result.alerts === 0 ? (
        <EmptyState title={t("rules.backtest.nothing")} hint={t("rules.backtest.nothing.hint")} />
      ) : (
        <>
          <h2 className={styles.heading}>{t("rules.backtest.chart")}</h2>
          <AreaChart
            height={120}
            summary={t("rules.backtest.summary", { alerts: result.alerts, events: result.events })}
            data={{
              times: result.counts.map((bucket) => Date.parse(bucket.time)),
              interval: result.interval_seconds * 1000,
              series: [
                { name: t("rules.backtest.alerts"), color: "var(--v-accent)", values: result.counts.map((bucket) => bucket.count) },
              ],
            }}
          />
          {result.top_groups.length > 0 && (
            <>
              <h2 className={styles.heading}>{t("rules.backtest.groups")}</h2>
              <BarList
                label={t("rules.backtest.groups")}
                items={result.top_groups.slice(0, 8).map((group, index) => ({
                  id: String(index),
                  label: <span title={group.group_key}>{group.group_key || "–"}</span>,
                  value: group.count,
                  text: formatCompact(group.count),
                }))}
              />
            </>
          )}
          <h2 className={styles.heading}>{t("rules.backtest.samples")}</h2>
          <ul className={styles.list}>
            {result.samples.slice(0, 20).map((sample) => (
              <li key={sample.id} className={styles.item}>
                <Timestamp time={sample.time} /> <span className={styles.muted}>{sample.group_key}</span>
                <Matches matches={sample.matches} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
