import type { Rule, RuleState } from "./rules";

export interface RuleFilters {
  q?: string | undefined;
  state?: RuleState | undefined;
  level?: Rule["level"] | undefined;
  origin?: Rule["origin"] | undefined;
  technique?: string | undefined;
  tactic?: string | undefined;
  costly?: boolean | undefined;
}

export const states: readonly RuleState[] = ["active", "cannot_fire", "error", "draft", "disabled"];
const levels: readonly Rule["level"][] = ["informational", "low", "medium", "high", "critical"];
const origins: readonly Rule["origin"][] = ["file", "book"];

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value.slice(0, 200) : undefined);
const oneOf = <T>(list: readonly T[], value: unknown): T | undefined => list.find((one) => one === value);

/** The filters that an address says; what is malformed is left out. */
export function readFilters(search: Record<string, unknown>): RuleFilters {
  const filters: RuleFilters = {
    q: text(search.q),
    state: oneOf(states, search.state),
    level: oneOf(levels, search.level),
    origin: oneOf(origins, search.origin),
    technique: text(search.technique),
    tactic: text(search.tactic),
    costly: search.costly === true || undefined,
  };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}

/** `T1059` means its parts as well. */
export const hasTechnique = (rule: Rule, technique: string): boolean =>
  rule.techniques?.some((one) => {
    const [a, b] = [one.toUpperCase(), technique.toUpperCase()];
    return a === b || a.startsWith(`${b}.`);
  }) ?? false;

function hasText(rule: Rule, words: readonly string[]): boolean {
  const all = [rule.title, rule.id, rule.log_source, rule.file, ...(rule.tags ?? [])].join(" ").toLowerCase();
  return words.every((word) => all.includes(word));
}

export function filterRules(rules: readonly Rule[], filters: RuleFilters): Rule[] {
  const words = (filters.q ?? "").toLowerCase().split(/\s+/).filter((word) => word !== "");
  return rules.filter(
    (rule) =>
      (filters.state === undefined || rule.state === filters.state) &&
      (filters.level === undefined || rule.level === filters.level) &&
      (filters.origin === undefined || rule.origin === filters.origin) &&
      (filters.technique === undefined || hasTechnique(rule, filters.technique)) &&
      (filters.tactic === undefined || (rule.tactics?.includes(filters.tactic) ?? false)) &&
      (!filters.costly || rule.costly === true) &&
      hasText(rule, words),
  );
}

/** `windows / process_creation` of `windows/process_creation/-`. */
export const sourceText = (rule: Pick<Rule, "log_source">): string =>
  (rule.log_source ?? "")
    .split("/")
    .filter((part) => part !== "-")
    .join(" / ");
