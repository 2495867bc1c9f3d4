import type { CSSProperties } from "react";
import { Value } from "@/components";
import { t } from "@/lib/messages";
import { formatCompact } from "@/lib/numbers";
import { useTimeRange } from "@/lib/time";
import { usePeers } from "../api/queries";
import type { Kind } from "../lib/kinds";
import { Card } from "./card";
import styles from "./entities.module.css";

/** Whom and what the entity met in the time range. */
export function Peers({ kind, value }: { kind: Kind; value: string }) {
  const { range } = useTimeRange();
  const facets = (usePeers(kind, value, range).data?.facets ?? []).filter((facet) => facet.values.length > 0);
  if (facets.length === 0) return null;
  return (
    <div className={styles.peers}>
      {facets.map((facet) => {
        const top = Math.max(...facet.values.map((one) => one.count));
        return (
          <Card key={facet.field} title={facet.field} meta={t("entities.peers.distinct", { count: facet.distinct })}>
            <ul className={styles.rows}>
              {facet.values.map((one) => (
                <li key={one.value} className={`${styles.row} ${styles.bar}`} style={{ "--share": one.count / top } as CSSProperties}>
                  <span className={styles.grow}>
                    <Value field={facet.field} value={one.value} />
                  </span>
                  <span className={styles.muted}>{formatCompact(one.count)}</span>
                </li>
              ))}
            </ul>
          </Card>
        );
      })}
    </div>
  );
}
