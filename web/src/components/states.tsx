import { Button, Loader } from "@mantine/core";
import { IconAlertTriangle, IconInbox } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiProblem, UnreachableError } from "@/api-client";
import { t } from "@/lib/messages";
import styles from "./states.module.css";

interface EmptyProps {
  title: string;
  /** What to do now. */
  hint?: ReactNode;
  icon?: ReactNode;
  action?: ReactNode;
}

export function EmptyState({ title, hint, icon, action }: EmptyProps) {
  return (
    <div className={styles.state}>
      <span className={styles.icon} aria-hidden="true">
        {icon ?? <IconInbox size={26} stroke={1.4} />}
      </span>
      <p className={styles.title}>{title}</p>
      {hint !== undefined && <div className={styles.hint}>{hint}</div>}
      {action}
    </div>
  );
}

/** What an error means to a person, in a sentence or two. */
export function explain(error: unknown): string {
  if (error instanceof UnreachableError) return t("common.error.unreachable");
  if (error instanceof ApiProblem) {
    // Where each fault stands; the text with the caret is for terminals.
    if (error.kind === "query" && error.errors.length > 0) {
      return error.errors.map(({ message, column }) => (column ? t("common.error.column", { column, message }) : message)).join("\n");
    }
    if (error.kind === "forbidden") return `${t("common.error.forbidden")} ${error.detail}`.trim();
    return error.detail || error.title;
  }
  return t("common.error.unexpected");
}

interface ErrorProps {
  error: unknown;
  title?: string;
  onRetry?: () => void;
}

export function ErrorState({ error, title = t("common.error.title"), onRetry }: ErrorProps) {
  const instance = error instanceof ApiProblem ? error.instance?.split(":").pop() : undefined;
  return (
    <div className={styles.state} role="alert">
      <span className={styles.icon} data-kind="error" aria-hidden="true">
        <IconAlertTriangle size={26} stroke={1.4} />
      </span>
      <p className={styles.title}>{title}</p>
      <div className={styles.hint}>{explain(error)}</div>
      {instance !== undefined && <div className={styles.request}>{t("common.error.request", { id: instance })}</div>}
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {t("common.action.retry")}
        </Button>
      )}
    </div>
  );
}

export function LoadingState({ label = t("common.loading") }: { label?: string }) {
  return (
    <div className={styles.state} role="status">
      <Loader size="sm" />
      <span className={styles.hint}>{label}</span>
    </div>
  );
}
