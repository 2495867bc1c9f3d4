import type { CSSProperties } from "react";
import { t } from "@/lib/messages";
import type { RuleState } from "../api/rules";
import styles from "./rules.module.css";

const colors: Record<RuleState, string> = {
  active: "var(--v-good)",
  cannot_fire: "var(--v-warn)",
  error: "var(--v-bad)",
  draft: "var(--v-accent)",
  disabled: "var(--v-muted)",
};

/** What a rule is doing, as a dot and a word. */
export function StateBadge({ state, why }: { state: RuleState; why?: string | null | undefined }) {
  return (
    <span
      className={styles.state}
      style={{ "--state": colors[state] } as CSSProperties}
      data-hollow={state === "draft" || state === "disabled" || undefined}
      title={why ?? undefined}
    >
      {t(`rules.state.${state}`)}
    </span>
  );
}
