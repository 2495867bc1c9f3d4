import { Button } from "@mantine/core";
import { useState } from "react";
import { EmptyState, ErrorState, LoadingState, TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { useExceptions, type Exception } from "../api/exceptions";
import type { WholeRule } from "../api/rules";
import { ExceptionDialog } from "./exception-dialog";
import styles from "./workbench.module.css";

/** The exceptions of a rule. */
export function ExceptionsPanel({ rule }: { rule: WholeRule }) {
  const query = useExceptions(rule.id);
  const [open, setOpen] = useState<{ exception?: Exception }>();
  const mayWrite = useCan("exceptions.write");
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  return (
    <>
      {mayWrite && (
        <div className={styles.bar}>
          <Button variant="default" onClick={() => setOpen({})}>
            {t("rules.exceptions.new")}
          </Button>
        </div>
      )}
      {query.data.items.length === 0 ? (
        <EmptyState title={t("rules.exceptions.none")} hint={t("rules.exceptions.none.hint")} />
      ) : (
        <ul className={styles.list}>
          {query.data.items.map((exception) => (
            <li key={exception.id} className={styles.item}>
              <button type="button" className={styles.problem} onClick={() => setOpen({ exception })}>
                <span>{exception.reason}</span>
                <span className={styles.where}>
                  {exception.expired ? t("rules.exceptions.expired") : exception.expires ? <TimeAgo time={exception.expires} /> : t("rules.exceptions.expires.never")}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {open && <ExceptionDialog exception={open.exception} rules={[rule.id]} onClose={() => setOpen(undefined)} />}
    </>
  );
}
