import { Link } from "@tanstack/react-router";
import type { Schema } from "@/api-client";
import { DataTable, EmptyState, ErrorState, LoadingState, type Column } from "@/components";
import { t } from "@/lib/messages";
import { formatCompact } from "@/lib/numbers";
import { useFields } from "../api/sources";
import styles from "./sources.module.css";

type Field = Schema<"FieldList">["fields"][number];

const columns: readonly Column<Field>[] = [
  { id: "field", header: t("sources.conflicts.field"), width: 260, fixed: true, value: (field) => field.name, cell: (field) => <code>{field.name}</code> },
  { id: "rows", header: t("sources.conflicts.rows"), width: 90, align: "right", value: (field) => field.rows, cell: (field) => formatCompact(field.rows) },
  {
    id: "kinds",
    header: t("sources.conflicts.kinds"),
    width: 400,
    grow: true,
    cell: (field) =>
      Object.entries(field.kinds)
        .sort((a, b) => b[1] - a[1])
        .map(([kind, count]) => `${kind} ${formatCompact(count)}`)
        .join(", "),
  },
  {
    id: "search",
    header: t("sources.conflicts.search"),
    width: 90,
    cell: (field) => (
      <Link to={"/search"} search={{ query: `${field.name}: * | stats n = count() by ${field.name}` } as never} className={styles.name}>
        {t("sources.conflicts.search")}
      </Link>
    ),
  },
];

export function TypeConflicts() {
  const query = useFields();
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  const conflicts = query.data.fields.filter((field) => field.conflict);
  return (
    <>
      {conflicts.length > 0 && (
        <p className={styles.hint} style={{ padding: "10px 14px", margin: 0 }}>
          {t("sources.conflicts.hint")}
        </p>
      )}
      <DataTable
        id="type-conflicts"
        label={t("sources.conflicts")}
        columns={columns}
        rows={conflicts}
        rowId={(field) => field.name}
        initialSort={{ column: "rows", descending: true }}
        empty={
          <EmptyState title={t("sources.conflicts.none")} hint={t("sources.conflicts.none.hint", { count: query.data.fields.length })} />
        }
      />
    </>
  );
}
