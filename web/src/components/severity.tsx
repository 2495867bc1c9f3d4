import { t } from "@/lib/messages";
import styles from "./severity.module.css";

export type Level = "informational" | "low" | "medium" | "high" | "critical";

export const levels: readonly Level[] = ["critical", "high", "medium", "low", "informational"];

/** The token of a level, for charts. */
export const severityColor = (level: Level): string => `var(--v-severity-${level})`;

export const severityName = (level: Level): string => t(`common.severity.${level}`);

const rank: Record<Level, number> = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 };
export const severityRank = (level: Level): number => rank[level];

/** A level as colour, bars and word, so that colour alone never says it. */
export function Severity({ level, compact = false }: { level: Level; compact?: boolean }) {
  return (
    <span className={styles.badge} style={{ color: severityColor(level) }} title={compact ? severityName(level) : undefined}>
      <svg width="14" height="10" viewBox="0 0 14 10" aria-hidden="true">
        {[1, 2, 3, 4, 5].map((bar) => (
          <rect
            key={bar}
            x={(bar - 1) * 3}
            y={10 - bar * 2}
            width="2"
            height={bar * 2}
            rx="0.5"
            fill="currentColor"
            opacity={bar <= rank[level] ? 1 : 0.22}
          />
        ))}
      </svg>
      <span className={compact ? "visually-hidden" : undefined}>{severityName(level)}</span>
    </span>
  );
}
