import { Button } from "@mantine/core";
import { api, idempotent, unwrap, type Schema } from "@/api-client";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { describeRange, resolveRange, useTimeRange, useZone } from "@/lib/time";
import { AreaChart } from "@/viz/area-chart";
import { useJob } from "../api/jobs";
import styles from "./exception-dialog.module.css";

/** What an exception would have hidden in the time range of the page. */
export function ExceptionTest({ condition, rules }: { condition: string; rules: readonly string[] }) {
  const run = useJob<Schema<"ExceptionBackTest">>();
  const { range } = useTimeRange();
  const zone = useZone();
  const start = () => {
    const { from, to } = resolveRange(range);
    const body = { condition, rules: [...rules], from: new Date(from ?? 0).toISOString(), to: new Date(to).toISOString() };
    run.start(() => unwrap(api.POST("/exceptions/back-test", { params: { header: idempotent() }, body })));
  };
  const { result } = run;
  return (
    <div className={styles.test}>
      <Button variant="default" loading={run.running} onClick={start}>
        {t("rules.exceptions.test")}
      </Button>{" "}
      <span className={styles.hint}>{t("rules.backtest.range", { range: describeRange(range, zone) })}</span>
      {run.error !== undefined && <p role="alert">{explain(run.error)}</p>}
      {run.job?.state === "failed" && <p role="alert">{run.job.message}</p>}
      {result && (
        <>
          <p className={styles.result} role="status">
            {t("rules.exceptions.test.result", { hidden: result.hidden, alerts: result.alerts })}
            {!result.whole && ` ${t("rules.exceptions.test.cut")}`}
          </p>
          {result.hidden > 0 && (
            <AreaChart
              height={80}
              summary={t("rules.exceptions.test.chart")}
              data={{
                times: result.counts.map((bucket) => Date.parse(bucket.time)),
                interval: result.interval_seconds * 1000,
                series: [
                  { name: t("rules.exceptions.test.chart"), color: "var(--v-warn)", values: result.counts.map((bucket) => bucket.count) },
                ],
              }}
            />
          )}
        </>
      )}
    </div>
  );
}
