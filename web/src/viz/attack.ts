/** The tactics of ATT&CK for enterprises in the order of an attack, as Sigma's tags write them. */
export const tacticOrder = [
  "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion",
  "stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control",
  "exfiltration", "impact",
] as const;

// Later editions of ATT&CK split this one; it is a column only where an alert names it.
const onlyIfNamed = new Set(["stealth", "defense-evasion", "defense-impairment"]);

const small = new Set(["and", "or", "of"]);

/** `Command and Control` for `command-and-control` or `command_and_control`. */
export const tacticName = (tactic: string): string =>
  tactic
    .split(/[-_ ]/)
    .map((word) => (small.has(word) ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join(" ");

const place = (tactic: string): number => {
  const at = (tacticOrder as readonly string[]).indexOf(tactic.replaceAll("_", "-"));
  return at < 0 ? tacticOrder.length : at;
};

export const byTactic = (a: string, b: string): number => place(a) - place(b) || a.localeCompare(b, "en");

export interface MatrixCell<L> {
  technique: string;
  count: number;
  level: L | undefined;
  /** Its place in the order of the first alerts, from 1. */
  order: number;
}
export interface MatrixColumn<L> {
  tactic: string;
  name: string;
  cells: MatrixCell<L>[];
}

interface MatrixInput<L> {
  stages: readonly { tactic: string; first: string | null; techniques: readonly string[] }[];
  members: readonly { techniques: readonly string[]; level: L; first: string | null; alerts: number }[];
  rank: (level: L) => number;
}

/** What of ATT&CK an incident touches, column by column; columns without a cell are the tactics that were not seen. */
export function attackMatrix<L>({ stages, members, rank }: MatrixInput<L>): MatrixColumn<L>[] {
  const firsts = new Map<string, string>();
  for (const member of members) {
    for (const technique of member.techniques) {
      const known = firsts.get(technique);
      if (member.first && (!known || member.first < known)) firsts.set(technique, member.first);
    }
  }
  const order = [...firsts].sort(([, a], [, b]) => a.localeCompare(b)).map(([technique]) => technique);
  const named = stages.map(({ tactic }) => tactic.replaceAll("_", "-"));
  const tactics = [...new Set([...tacticOrder.filter((tactic) => !onlyIfNamed.has(tactic) || named.includes(tactic)), ...named])].sort(byTactic);
  return tactics.map((tactic) => {
    const techniques = stages.filter((stage) => stage.tactic.replaceAll("_", "-") === tactic).flatMap((stage) => stage.techniques);
    const cells = [...new Set(techniques)].map((technique): MatrixCell<L> => {
      const own = members.filter((member) => member.techniques.includes(technique));
      const level = own.map((member) => member.level).reduce<L | undefined>((high, one) => (high === undefined || rank(one) > rank(high) ? one : high), undefined);
      return { technique, count: own.reduce((sum, member) => sum + member.alerts, 0), level, order: order.indexOf(technique) + 1 };
    });
    return { tactic, name: tacticName(tactic), cells };
  });
}
