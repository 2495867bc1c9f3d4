import { ActionIcon, Loader } from "@mantine/core";
import { IconMinus, IconPlus } from "@tabler/icons-react";
import { use } from "react";
import { explain, ValueFilterContext } from "@/components";
import { t } from "@/lib/messages";
import { formatCompact, formatPercent } from "@/lib/numbers";
import type { TimeRange } from "@/lib/time";
import { useFacet } from "../api/queries";
import styles from "./field-list.module.css";

/** The most frequent values of a field among what the query finds. */
export function FieldValues({ field, filter, range }: { field: string; filter: string; range: TimeRange }) {
  const answer = useFacet(field, filter, range);
  const filterHere = use(ValueFilterContext);
  if (answer.error) return <div className={styles.note}>{explain(answer.error)}</div>;
  if (!answer.data) return <div className={styles.note}><Loader size={12} /></div>;
  const { facet, total } = answer.data;
  if (!facet || facet.values.length === 0) return <div className={styles.note}>{t("search.fields.novalues")}</div>;
  return (
    <div className={styles.values}>
      {facet.values.map(({ value, count }) => (
        <div key={value} className={styles.value}>
          <span className={styles.bar} style={{ width: `${(100 * count) / Math.max(1, facet.rows)}%` }} />
          <span className={styles.valueText} title={value}>
            {value || t("common.value.empty")}
          </span>
          <span className={styles.share} title={formatCompact(count)}>
            {formatPercent(count / Math.max(1, facet.rows))}
          </span>
          <ActionIcon size={18} aria-label={`${t("common.value.include")}: ${value}`} onClick={() => filterHere?.(field, value, "include")}>
            <IconPlus size={12} />
          </ActionIcon>
          <ActionIcon size={18} aria-label={`${t("common.value.exclude")}: ${value}`} onClick={() => filterHere?.(field, value, "exclude")}>
            <IconMinus size={12} />
          </ActionIcon>
        </div>
      ))}
      <div className={styles.note}>{t("search.fields.share", { distinct: facet.distinct, rows: facet.rows, total })}</div>
    </div>
  );
}
