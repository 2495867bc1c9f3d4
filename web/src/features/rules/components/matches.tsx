import { textOfValue } from "@/lib/values";
import styles from "./workbench.module.css";

interface Match {
  field?: unknown;
  value?: unknown;
  modifier?: unknown;
  pattern?: unknown;
}

/** Which predicate met which value. */
export function Matches({ matches }: { matches: readonly Match[] }) {
  return matches.map((match, index) => (
    <span key={index} className={styles.match}>
      <b>{textOfValue(match.field)}</b> {textOfValue(match.modifier)} {textOfValue(match.pattern)}{" "}
      {match.value !== match.pattern && <mark>{textOfValue(match.value)}</mark>}
    </span>
  ));
}

/** The first line of an event, for lists. */
export function EventLine({ event }: { event: unknown }) {
  const text = typeof event === "string" ? event : JSON.stringify(event);
  return (
    <span className={styles.event} title={text.slice(0, 2_000)}>
      {text.slice(0, 400)}
    </span>
  );
}

