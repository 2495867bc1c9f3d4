import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { DataTable, EmptyState, ErrorState, LoadingState, Page, TimeAgo, type Column } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { useExceptions, type Exception } from "../api/exceptions";
import { useRules } from "../api/rules";
import { ExceptionDialog } from "../components/exception-dialog";

const columnsOf = (titles: ReadonlyMap<string, string>): Column<Exception>[] => [
  { id: "reason", header: t("rules.exceptions.reason"), width: 320, grow: true, fixed: true, value: (row) => row.reason, cell: (row) => row.reason },
  {
    id: "rules",
    header: t("rules.exceptions.rules"),
    width: 300,
    cell: (row) =>
      row.rules.length === 0 ? t("rules.exceptions.rules.all") : row.rules.map((id) => titles.get(id) ?? id).join(", "),
  },
  { id: "condition", header: t("rules.exceptions.condition"), width: 260, cell: (row) => <code>{row.condition.replaceAll(/\s+/g, " ")}</code> },
  { id: "owner", header: t("rules.exceptions.owner"), width: 120, value: (row) => row.owner, cell: (row) => row.owner },
  {
    id: "expires",
    header: t("rules.exceptions.expires"),
    width: 110,
    value: (row) => row.expires,
    cell: (row) =>
      row.expired ? (
        <span style={{ color: "var(--v-warn)" }}>{t("rules.exceptions.expired")}</span>
      ) : row.expires ? (
        <TimeAgo time={row.expires} />
      ) : (
        t("rules.exceptions.expires.never")
      ),
  },
];

export function ExceptionsPage() {
  const query = useExceptions();
  const rules = useRules();
  const [open, setOpen] = useState<{ exception?: Exception }>();
  const mayWrite = useCan("exceptions.write");
  const titles = new Map(rules.data?.map((rule) => [rule.id, rule.title]));
  return (
    <Page
      title={t("rules.exceptions.title")}
      actions={
        <>
          <Button component={Link} to="/rules" variant="default" size="compact-xs">
            {t("rules.rule.back")}
          </Button>
          {mayWrite && (
            <Button size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => setOpen({})}>
              {t("rules.exceptions.new")}
            </Button>
          )}
        </>
      }
      flush
    >
      {query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <LoadingState />
      ) : (
        <DataTable
          id="exceptions"
          label={t("rules.exceptions.list")}
          columns={columnsOf(titles)}
          rows={query.data.items}
          rowId={(row) => row.id}
          onOpen={(exception) => setOpen({ exception })}
          empty={<EmptyState title={t("rules.exceptions.none")} hint={t("rules.exceptions.none.hint")} />}
        />
      )}
      {open && <ExceptionDialog exception={open.exception} rules={[]} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}
