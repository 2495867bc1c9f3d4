import { textOfValue } from "@/lib/values";
import type { Alert, Row } from "../api/types";
import { highlight, type Part } from "./highlight";

export interface FieldRow {
  field: string;
  value: unknown;
  parts: Part[] | undefined;
}

type Match = Alert["matches"][number];

const ofTheAlert = /^(?:vedette|rule)\./;

/** The parts of a field's text that the rule hit; a list of values has its hit element marked. */
function partsOf(value: unknown, matches: readonly Match[]): Part[] | undefined {
  const values = Array.isArray(value) ? value.map(textOfValue) : [textOfValue(value)];
  const matchOf = (text: string) => matches.find((one) => one.value === text);
  const parts = values.flatMap((text, index): Part[] => {
    const match = matchOf(text);
    const own = match ? highlight(text, match.modifier, match.pattern) : [{ text, hit: false }];
    return index === 0 ? own : [{ text: ", ", hit: false }, ...own];
  });
  return values.some(matchOf) ? parts : undefined;
}

/** Fields of an alert's event: those that the rule hit first, then by name. */
export function fieldsOf(document: Row, matches: readonly Match[], filter: string): FieldRow[] {
  const wanted = filter.trim().toLowerCase();
  const rows = Object.entries(document)
    .filter(([field]) => !ofTheAlert.test(field))
    .map(([field, value]): FieldRow => {
      const own = matches.filter((match) => match.field === field);
      return { field, value, parts: own.length > 0 ? (partsOf(value, own) ?? [{ text: textOfValue(value), hit: true }]) : undefined };
    })
    .filter(({ field, value }) => !wanted || field.toLowerCase().includes(wanted) || textOfValue(value).toLowerCase().includes(wanted));
  return rows.sort((a, b) => Number(!!b.parts) - Number(!!a.parts) || a.field.localeCompare(b.field, "en"));
}
