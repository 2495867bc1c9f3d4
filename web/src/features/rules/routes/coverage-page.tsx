import { Button, Checkbox } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { EmptyState, ErrorState, LoadingState, Page, severityRank } from "@/components";
import { t } from "@/lib/messages";
import { AttackMatrix } from "@/viz/attack-matrix";
import { layOutAttack } from "@/viz/attack-matrix-layout";
import { tacticName, techniqueName } from "@/viz/attack-matrix-names";
import { hasTechnique } from "../api/filters";
import { useRules, type Rule } from "../api/rules";
import { StateBadge } from "../components/state-badge";
import styles from "../components/coverage.module.css";

/** Which techniques of ATT&CK the rules see, and which none does. */
export function CoveragePage() {
  const search: { technique?: string; all?: boolean } = useSearch({ strict: false });
  const navigate = useNavigate();
  const query = useRules();
  const rules = useMemo(
    () => (query.data ?? []).filter((rule) => search.all === true || rule.state === "active"),
    [query.data, search.all],
  );
  const columns = useMemo(
    () =>
      layOutAttack(
        rules.map((rule) => ({
          tactics: rule.tactics ?? [],
          techniques: rule.techniques ?? [],
          weight: 1,
          rank: severityRank(rule.level),
        })),
        true,
      ),
    [rules],
  );
  const change = (next: { technique?: string | undefined; all?: boolean | undefined }) =>
    void navigate({ to: "/rules/coverage", search: (old) => ({ ...old, ...next }), replace: true });
  const techniques = new Set(columns.flatMap((column) => column.cells.map((cell) => cell.technique))).size;
  const tactics = columns.filter((column) => column.cells.length > 0).length;
  return (
    <Page
      title={t("rules.coverage.title")}
      meta={query.data && t("rules.coverage.summary", { techniques, tactics })}
      actions={
        <Button component={Link} to="/rules" variant="default" size="compact-xs">
          {t("rules.rule.back")}
        </Button>
      }
      toolbar={
        <Checkbox
          label={t("rules.coverage.only")}
          checked={search.all !== true}
          onChange={(event) => change({ all: event.currentTarget.checked ? undefined : true })}
        />
      }
      flush
    >
      {query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <LoadingState />
      ) : (
        <div className={styles.coverage}>
          <div className={styles.matrix}>
            <AttackMatrix
              label={t("rules.coverage.title")}
              columns={columns}
              color={() => "var(--v-series-2)"}
              none={t("rules.coverage.empty")}
              selected={search.technique}
              describe={(cell, tactic) =>
                t("rules.coverage.cell", {
                  technique: cell.technique,
                  name: techniqueName(cell.technique),
                  tactic: tacticName(tactic),
                  count: cell.weight,
                })
              }
              onSelect={(technique) => change({ technique: technique === search.technique ? undefined : technique })}
            />
          </div>
          <TechniqueRules technique={search.technique} rules={rules} />
        </div>
      )}
    </Page>
  );
}

function TechniqueRules({ technique, rules }: { technique: string | undefined; rules: readonly Rule[] }) {
  if (technique === undefined) return null;
  const found = rules.filter((rule) => hasTechnique(rule, technique));
  return (
    <section className={styles.side} aria-label={t("rules.coverage.rules", { technique, name: techniqueName(technique) })}>
      <h2 className={styles.heading}>
        {technique} <span>{techniqueName(technique)}</span>
      </h2>
      {found.length === 0 && <EmptyState title={t("rules.coverage.empty")} />}
      <ul className={styles.list}>
        {found.map((rule) => (
          <li key={rule.id}>
            <Link to="/rules/$id" params={{ id: rule.id }} className={styles.rule}>
              {rule.title}
            </Link>
            <div className={styles.about}>
              <StateBadge state={rule.state} />
              <span>{rule.techniques?.filter((one) => one.startsWith(technique)).join(", ")}</span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
