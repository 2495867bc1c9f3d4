import { EmptyState, explain } from "@/components";
import { IconCircleCheck } from "@tabler/icons-react";
import { t } from "@/lib/messages";
import type { Diagnostic } from "../api/rules";
import styles from "./workbench.module.css";

interface Props {
  diagnostics: readonly Diagnostic[];
  error: unknown;
  onGo: (line: number, column: number) => void;
}

export function ProblemsPanel({ diagnostics, error, onGo }: Props) {
  if (error !== undefined) return <EmptyState title={t("rules.problems.failed")} hint={explain(error)} />;
  if (diagnostics.length === 0) {
    return <EmptyState icon={<IconCircleCheck size={26} stroke={1.4} />} title={t("rules.problems.none")} hint={t("rules.problems.none.hint")} />;
  }
  return (
    <ul className={styles.list}>
      {diagnostics.map((one, index) => (
        <li key={index} className={styles.item}>
          <button type="button" className={styles.problem} onClick={() => onGo(one.line, one.column)}>
            <span className={styles.severity} data-kind={one.severity}>
              {one.severity}
            </span>
            <span>
              <span className={styles.message}>{one.message}</span>
              {one.help !== null && <span className={styles.muted}> {one.help}</span>}
            </span>
            {one.line > 0 && <span className={styles.where}>{t("rules.problems.line", { line: one.line })}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
