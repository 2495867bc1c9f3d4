import { useElementSize } from "@mantine/hooks";
import { Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { formatCount, formatPercent } from "@/lib/numbers";
import { textOfValue } from "@/lib/values";
import { stackBars } from "@/viz/stacked-bars";
import type { Preview } from "../api/exceptions";
import styles from "./dialogs.module.css";
import volume from "./volume.module.css";

const height = 56;

export function PreviewResult({ result }: { result: Preview }) {
  const { ref, width } = useElementSize();
  const { rects } = stackBars({
    times: result.counts.map(({ time }) => Date.parse(time)),
    interval: result.interval_seconds * 1000,
    counts: [result.counts.map(({ count }) => count)],
    width,
    height,
  });
  const share = result.alerts > 0 ? result.hidden / result.alerts : 0;
  return (
    <>
      <div role="status">
        <span className={styles.big} data-all={share > 0.9 || undefined}>
          {formatCount(result.hidden)}
        </span>{" "}
        {t("alerts.suppress.of", { total: result.alerts, share: formatPercent(share) })}
        {!result.whole && <span className={styles.sub}> {t("alerts.suppress.part")}</span>}
      </div>
      <div ref={ref}>
        <svg width={width} height={height} role="img" aria-label={t("alerts.suppress.chart", { count: result.hidden })}>
          {rects.map((rect) => (
            <rect key={rect.bucket} x={rect.x} y={rect.y} width={rect.width} height={rect.height} className={volume.bar} />
          ))}
        </svg>
      </div>
      {result.samples.length > 0 && (
        <>
          <div className={styles.sub}>{t("alerts.suppress.samples")}</div>
          <ul className={styles.sampleList} tabIndex={0}>
            {result.samples.map((sample, index) => {
              const time = sample.time ?? sample["@timestamp"];
              const entities = [sample.host, sample.user].map(textOfValue).filter(Boolean).join(" · ");
              const rule = sample.rule as { title?: unknown } | undefined;
              return (
                <li key={index}>
                  <Timestamp time={typeof time === "string" ? time : null} /> {textOfValue(rule?.title ?? sample.rule_title ?? sample["rule.name"])}{" "}
                  <span className={styles.sub}>{entities}</span>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </>
  );
}
