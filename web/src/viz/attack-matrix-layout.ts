import { max } from "d3-array";
import { scaleSqrt } from "d3-scale";
import { olderTactics, parentOf, tactics } from "./attack-matrix-names";

/** Something that counts for techniques: an alert's group, a rule. */
export interface AttackFact {
  tactics: readonly string[];
  techniques: readonly string[];
  weight: number;
  /** The higher the worse; a cell has the worst of its facts. */
  rank: number;
}

export interface AttackCell {
  technique: string;
  weight: number;
  rank: number;
  /** 0 to 1. */
  heat: number;
  /** Parts of the technique, by weight. */
  parts: { technique: string; weight: number }[];
}

export interface AttackColumn {
  tactic: string;
  weight: number;
  cells: AttackCell[];
}

const tacticOf = (name: string): string => name.toLowerCase().replaceAll("_", "-");

/** Columns of the tactics that have facts (or of all), their techniques by weight. */
export function layOutAttack(facts: readonly AttackFact[], all = false): AttackColumn[] {
  const columns = new Map<string, { weight: number; cells: Map<string, AttackCell> }>();
  for (const fact of facts) {
    for (const tactic of new Set(fact.tactics.map(tacticOf))) {
      let column = columns.get(tactic);
      if (!column) columns.set(tactic, (column = { weight: 0, cells: new Map() }));
      column.weight += fact.weight;
      const counted = new Set<string>();
      for (const technique of fact.techniques) addTo(column.cells, technique.toUpperCase(), fact, counted);
    }
  }
  const heat = scaleSqrt()
    .domain([0, max([...columns.values()], (column) => max([...column.cells.values()], (cell) => cell.weight)) ?? 1])
    .clamp(true);
  const known: string[] = tactics.flatMap((tactic) => [
    tactic,
    ...Object.keys(olderTactics).filter((older) => olderTactics[older] === tactic && columns.has(older)),
  ]);
  const others = [...columns.keys()].filter((tactic) => !known.includes(tactic)).sort();
  return [...known, ...others]
    .filter((tactic) => all || columns.has(tactic))
    .map((tactic) => {
      const column = columns.get(tactic);
      const cells = [...(column?.cells.values() ?? [])]
        .map((cell) => ({ ...cell, heat: heat(cell.weight), parts: cell.parts.sort((a, b) => b.weight - a.weight) }))
        .sort((a, b) => b.weight - a.weight || a.technique.localeCompare(b.technique));
      return { tactic, weight: column?.weight ?? 0, cells };
    });
}

function addTo(cells: Map<string, AttackCell>, technique: string, fact: AttackFact, counted: Set<string>): void {
  const parent = parentOf(technique);
  let cell = cells.get(parent);
  if (!cell) cells.set(parent, (cell = { technique: parent, weight: 0, rank: 0, heat: 0, parts: [] }));
  cell.rank = Math.max(cell.rank, fact.rank);
  // A fact with two parts of a technique is still one fact.
  if (!counted.has(parent)) cell.weight += fact.weight;
  counted.add(parent);
  if (technique === parent) return;
  const part = cell.parts.find((one) => one.technique === technique);
  if (part) part.weight += fact.weight;
  else cell.parts.push({ technique, weight: fact.weight });
}
