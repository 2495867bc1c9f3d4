import { Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { formatSpan, useNow } from "@/lib/time";
import type { Clock } from "../api/types";
import styles from "./incident.module.css";

const soonShare = 0.75;

export interface ClockState {
  state: "met" | "breached" | "soon" | "running" | "open";
  /** Of the target; 0 without one. */
  share: number;
  /** Milliseconds. */
  elapsed: number;
}

/** How a clock stands now. What the node counted is as old as its answer: a running clock goes on from there. */
export function stateOf(clock: Clock, now: number, answered: number): ClockState {
  const running = clock.started !== null && clock.stopped === null && clock.paused_since === null;
  const elapsed = clock.elapsed_seconds * 1000 + (running ? Math.max(0, now - answered) : 0);
  const target = clock.target_seconds === null ? undefined : clock.target_seconds * 1000;
  const share = target === undefined || target === 0 ? 0 : Math.min(1, elapsed / target);
  if (clock.breached || (target !== undefined && elapsed > target)) return { state: "breached", share: 1, elapsed };
  if (clock.stopped !== null) return { state: "met", share, elapsed };
  if (target === undefined) return { state: "open", share, elapsed };
  return { state: share > soonShare ? "soon" : "running", share, elapsed };
}

/** The service levels of an incident. */
export function Clocks({ clocks, answered }: { clocks: readonly Clock[]; answered: number }) {
  const now = useNow();
  if (clocks.length === 0) return <div className={styles.cardBody}>{t("incidents.clocks.none")}</div>;
  return clocks.map((clock) => {
    const { state, share, elapsed } = stateOf(clock, now, answered);
    const tone = state === "breached" ? styles.bad : state === "met" ? styles.good : styles.muted;
    return (
      <div key={clock.kind} className={styles.clock}>
        <div className={styles.clockHead}>
          <span>{t(`incidents.clock.${clock.kind}`)}</span>
          <span className={tone}>
            {clock.target_seconds === null
              ? t("incidents.clock.elapsed", { span: formatSpan(elapsed) })
              : t("incidents.clock.of", { span: formatSpan(elapsed), target: formatSpan(clock.target_seconds * 1000) })}
            {clock.paused_since !== null && ` · ${t("incidents.due.paused")}`}
          </span>
        </div>
        {clock.target_seconds !== null && (
          <div
            className={styles.track}
            role="progressbar"
            aria-label={t(`incidents.clock.${clock.kind}`)}
            aria-valuenow={Math.round(share * 100)}
            aria-valuemin={0}
            aria-valuemax={100}
          >
            <span className={styles.fill} data-state={state} style={{ width: `${share * 100}%` }} />
          </div>
        )}
        {clock.due !== null && clock.stopped === null && (
          <div className={styles.muted}>
            {t("incidents.clock.due")} <Timestamp time={clock.due} precision="minute" />
          </div>
        )}
      </div>
    );
  });
}
