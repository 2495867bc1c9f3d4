import { Button } from "@mantine/core";
import { api, idempotent, unwrap } from "@/api-client";
import { EmptyState, ErrorState, LoadingState, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { useIncidentAction } from "../api/changes";
import { useHistory } from "../api/queries";
import type { Incident } from "../api/types";
import styles from "./incident.module.css";

/** Merges and splits, and the way back. */
export function HistoryTab({ incident }: { incident: Incident }) {
  const history = useHistory(incident.id);
  const mayWrite = useCan("incidents.write");
  const undo = useIncidentAction(
    (change: string) =>
      unwrap(api.POST("/incidents/{id}/history/{change}/undo", { params: { path: { id: incident.id, change }, header: idempotent() } })),
    t("incidents.history.undoing"),
  );
  if (history.error) return <ErrorState error={history.error} onRetry={() => void history.refetch()} />;
  if (!history.data) return <LoadingState />;
  if (history.data.items.length === 0) return <EmptyState title={t("incidents.history.none")} hint={t("incidents.history.none.hint")} />;
  return (
    <ul className={`${styles.card} ${styles.rows}`} style={{ maxWidth: 860 }}>
      {history.data.items.map((item) => (
        <li key={item.id} className={styles.row}>
          <span className={styles.chip}>{t(`incidents.history.${item.kind}`)}</span>
          <Timestamp time={item.time} />
          <span>{item.by ?? t("incidents.node")}</span>
          <span className={styles.wrapText}>
            <span className={styles.mono}>{item.others.join(" ")}</span>{" "}
            {item.members.length > 0 && t("incidents.history.members", { count: item.members.length })} <span className={styles.muted}>{item.reason}</span>
          </span>
          {item.undone ? (
            <span className={styles.muted}>{t("incidents.history.undone")}</span>
          ) : (
            mayWrite && (item.kind === "merge" || item.kind === "split") && (
              <Button variant="default" size="compact-xs" loading={undo.isPending && undo.variables === item.id} onClick={() => undo.mutate(item.id)}>
                {t("common.action.undo")}
              </Button>
            )
          )}
        </li>
      ))}
    </ul>
  );
}
