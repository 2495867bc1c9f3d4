import { IconCircleCheck, IconCircleDashed, IconCircleHalf2 } from "@tabler/icons-react";
import { t } from "@/lib/messages";
import type { AlertStatus, Verdict } from "../api/types";
import styles from "./labels.module.css";

const icons = { new: IconCircleDashed, in_progress: IconCircleHalf2, closed: IconCircleCheck };

export const statusName = (status: AlertStatus): string => t(`alerts.status.${status}`);
export const verdictName = (verdict: Verdict): string => t(`alerts.verdict.${verdict}`);

export function StatusLabel({ status, verdict }: { status: AlertStatus; verdict: string | null }) {
  const Icon = icons[status];
  return (
    <span className={styles.status} data-status={status}>
      <Icon size={14} stroke={1.8} aria-hidden />
      {verdict ? <VerdictLabel verdict={verdict as Verdict} /> : statusName(status)}
    </span>
  );
}

export function VerdictLabel({ verdict }: { verdict: Verdict }) {
  return (
    <span className={styles.verdict} data-verdict={verdict}>
      {verdictName(verdict)}
    </span>
  );
}

/** Techniques as small chips: the first few, and how many more. */
export function Chips({ values, most = 3 }: { values: readonly string[]; most?: number }) {
  const more = values.length - most;
  return (
    <span className={styles.chips} title={values.join(", ")}>
      {values.slice(0, most).map((value) => (
        <span key={value} className={styles.chip}>
          {value}
        </span>
      ))}
      {more > 0 && <span className={styles.more}>+{more}</span>}
    </span>
  );
}
