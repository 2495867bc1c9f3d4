import { Button } from "@mantine/core";
import type { CSSProperties, ReactNode } from "react";
import { ApiProblem } from "@/api-client";
import { t } from "@/lib/messages";
import type { WholeRule } from "../api/rules";
import styles from "./workbench.module.css";

function Banner({ tone, children }: { tone: string; children: ReactNode }) {
  return (
    <div className={styles.banner} style={{ "--tone": tone } as CSSProperties} role="status">
      {children}
    </div>
  );
}

interface Props {
  rule: WholeRule | undefined;
  readOnly: boolean;
  /** Why it could not be saved. */
  conflict: unknown;
  onReload: (() => void) | undefined;
}

/** What must be known before one changes the text. */
export function RuleBanner({ rule, readOnly, conflict, onReload }: Props) {
  const changed = conflict instanceof ApiProblem && conflict.status === 412;
  return (
    <>
      {changed && (
        <Banner tone="var(--v-bad)">
          <b>{t("rules.conflict")}</b> {t("rules.conflict.hint")}{" "}
          <Button variant="default" size="compact-xs" onClick={onReload}>
            {t("rules.conflict.load")}
          </Button>
        </Banner>
      )}
      {rule?.why && (rule.state === "cannot_fire" || rule.state === "error") && (
        <Banner tone={rule.state === "error" ? "var(--v-bad)" : "var(--v-warn)"}>
          <b>{t(`rules.state.${rule.state}`)}</b> {rule.why}
        </Banner>
      )}
      {rule && rule.yaml === null && <Banner tone="var(--v-bad)">{t("rules.rule.unreadable")}</Banner>}
      {rule?.origin === "file" && readOnly && <Banner tone="var(--v-accent)">{t("rules.rule.readonly")}</Banner>}
    </>
  );
}
