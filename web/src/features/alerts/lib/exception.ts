import { textOfValue } from "@/lib/values";
import type { Alert } from "../api/types";

/** A text in YAML that stays one: always in double quotes. */
export const yamlText = (text: string): string => JSON.stringify(text);

// Wildcards and the escape of Sigma lose their meaning.
const literal = (text: string): string => text.replace(/([*?])/g, "\\$1");

export interface Choice {
  field: string;
  value: string;
  /** Hit by the rule. */
  matched: boolean;
}

const useful = ["host.name", "user.name", "process.executable", "process.parent.executable", "process.command_line", "source.ip", "destination.ip", "file.path", "url.path", "user_agent.original"];

/** Fields from which an exception can be made: what tells one case from another before what the rule matches anyway. */
export function choicesOf(alert: Alert): Choice[] {
  const out = new Map<string, Choice>();
  for (const field of useful) {
    const value = textOfValue(alert.document[field]);
    if (value) out.set(field, { field, value, matched: false });
  }
  for (const { field, value } of alert.matches) {
    if (!out.has(field)) out.set(field, { field, value, matched: true });
  }
  return [...out.values()];
}

/** The detection of a Sigma rule that holds for events with all these values. */
export function conditionOf(choices: readonly Choice[]): string {
  const lines = choices.map(({ field, value }) => `  ${field}: ${yamlText(literal(value))}`);
  return ["selection:", ...lines, "condition: selection", ""].join("\n");
}
