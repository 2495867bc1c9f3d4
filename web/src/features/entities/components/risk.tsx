import styles from "./entities.module.css";

/** A risk from 0 to 100 as bar and number. */
export function Risk({ risk }: { risk: number }) {
  const band = risk >= 90 ? "critical" : risk >= 70 ? "high" : risk >= 40 ? "medium" : "low";
  return (
    <span className={styles.risk}>
      <span className={styles.riskTrack} aria-hidden="true">
        <span className={styles.riskBar} style={{ width: `${Math.min(100, risk)}%`, background: `var(--v-severity-${band})` }} />
      </span>
      <b>{Math.round(risk)}</b>
    </span>
  );
}
