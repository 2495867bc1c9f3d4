import { ErrorState, LoadingState, severityColor, severityName, severityRank } from "@/components";
import { t } from "@/lib/messages";
import { attackMatrix } from "@/viz/attack";
import { useMembers } from "../api/queries";
import type { Incident } from "../api/types";
import styles from "./attack-tab.module.css";

/** The tactics and techniques of the incident, numbered in the order in which they were first seen. */
export function AttackTab({ incident }: { incident: Incident }) {
  const members = useMembers(incident.id);
  if (members.error) return <ErrorState error={members.error} onRetry={() => void members.refetch()} />;
  if (!members.data) return <LoadingState />;
  const columns = attackMatrix({ stages: incident.stages, members: members.data.items, rank: severityRank });
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("incidents.attack.title")}>
      <div className={styles.matrix} role="list" aria-label={t("incidents.attack.title")}>
        {columns.map((column) => (
          <div key={column.tactic} role="listitem" className={styles.column} data-empty={column.cells.length === 0 || undefined}>
            <div className={styles.head}>
              <span>{column.name}</span>
              <span className={styles.count}>{column.cells.length || ""}</span>
            </div>
            {column.cells.map((cell) => (
              <div
                key={cell.technique}
                className={styles.cell}
                style={cell.level ? { borderLeftColor: severityColor(cell.level) } : undefined}
                title={cell.level ? severityName(cell.level) : undefined}
              >
                <span className={styles.technique}>{cell.technique}</span>
                {cell.order > 0 && <span className={styles.order}>{t("incidents.attack.order", { order: cell.order })}</span>}
                <span className={styles.alerts}>{t("incidents.entities.alerts", { count: cell.count })}</span>
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
