import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { DataTable, EmptyState, ErrorState, LoadingState, Page, severityColor } from "@/components";
import { useCommands, useShortcuts } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { filterRules, readFilters, type RuleFilters } from "../api/filters";
import { useRules } from "../api/rules";
import { RuleFilterBar } from "../components/rule-filters";
import { ruleColumns } from "../components/rule-columns";

const none = {
  q: undefined, state: undefined, level: undefined, origin: undefined, technique: undefined, tactic: undefined, costly: undefined,
} satisfies RuleFilters;

export function RulesPage() {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const filters = useMemo(() => readFilters(search), [search]);
  const navigate = useNavigate();
  const query = useRules();
  const [active, setActive] = useState<string>();
  const mayWrite = useCan("rules.write");
  const rules = useMemo(() => query.data ?? [], [query.data]);
  const shown = useMemo(() => filterRules(rules, filters), [rules, filters]);
  const change = (next: RuleFilters) =>
    void navigate({ to: "/rules", search: (old) => ({ ...old, ...next }), replace: true });
  const create = () => void navigate({ to: "/rules/new" });
  useShortcuts([{ keys: "n", label: t("rules.shortcut.new"), group: t("rules.group"), enabled: mayWrite, run: create }]);
  useCommands(mayWrite ? [{ id: "rules.new", label: t("rules.new"), group: t("shell.palette.group.actions"), keys: "n", run: create }] : []);
  return (
    <Page
      title={t("rules.title")}
      meta={query.data && (shown.length === rules.length ? t("rules.count", { count: rules.length }) : t("rules.count.of", { shown: shown.length, total: rules.length }))}
      actions={
        <>
          <Button component={Link} to="/rules/coverage" variant="default" size="compact-xs">
            {t("rules.coverage")}
          </Button>
          <Button component={Link} to="/rules/exceptions" variant="default" size="compact-xs">
            {t("rules.exceptions")}
          </Button>
          {mayWrite && (
            <Button size="compact-xs" leftSection={<IconPlus size={13} />} onClick={create}>
              {t("rules.new")}
            </Button>
          )}
        </>
      }
      toolbar={<RuleFilterBar filters={filters} onChange={change} rules={rules} />}
      flush
    >
      {query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <LoadingState />
      ) : (
        <DataTable
          id="rules"
          label={t("rules.list")}
          columns={ruleColumns}
          rows={shown}
          rowId={(rule) => rule.id}
          initialSort={{ column: "alerts", descending: true }}
          activeId={active}
          onActive={setActive}
          onOpen={(rule) => void navigate({ to: "/rules/$id", params: { id: rule.id } })}
          edge={(rule) => (rule.state === "error" || rule.state === "cannot_fire" ? severityColor("medium") : undefined)}
          empty={
            <EmptyState
              title={t("rules.empty")}
              hint={t("rules.empty.hint")}
              action={
                <Button variant="default" onClick={() => change(none)}>
                  {t("rules.filter.clear")}
                </Button>
              }
            />
          }
        />
      )}
    </Page>
  );
}
