import { t } from "@/lib/messages";
import { formatPercent } from "@/lib/numbers";
import { useCan } from "@/lib/session";
import { useTruth, type Rule } from "../api/rules";
import styles from "./rules.module.css";

const two = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** `340 ns`, `1.2 µs`, `85 ms`, `2.1 s`. */
export function formatNanoseconds(ns: number): string {
  if (ns < 1_000) return `${Math.round(ns)} ns`;
  if (ns < 1_000_000) return `${two.format(ns / 1_000)} µs`;
  if (ns < 1_000_000_000) return `${two.format(ns / 1_000_000)} ms`;
  return `${two.format(ns / 1_000_000_000)} s`;
}

/** The share of true positives; asked only for rules that have raised something. */
export function Truth({ rule }: { rule: Pick<Rule, "id" | "alerts"> }) {
  const may = useCan("alerts.read");
  const { data } = useTruth(rule.id, may && (rule.alerts ?? 0) > 0);
  if (data?.share === undefined) return <span className={styles.muted} title={t("rules.truth.none")}>–</span>;
  const share = formatPercent(data.share);
  return <span title={t("rules.truth", { share, count: data.judged })}>{share}</span>;
}

export function Cost({ rule }: { rule: Pick<Rule, "cost_ns" | "evaluations" | "costly"> }) {
  const { cost_ns: total = 0, evaluations = 0, costly = false } = rule;
  if (total === 0) return <span className={styles.muted}>–</span>;
  const each = formatNanoseconds(total / Math.max(1, evaluations));
  const title = t("rules.cost", { total: formatNanoseconds(total), each, count: evaluations });
  return (
    <span className={costly ? styles.costly : undefined} title={costly ? `${title}. ${t("rules.costly")}` : title}>
      {formatNanoseconds(total)}
    </span>
  );
}
