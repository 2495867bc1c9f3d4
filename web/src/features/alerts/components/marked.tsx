import type { Part } from "../lib/highlight";
import styles from "./detail.module.css";

/** A text of a log with what a rule hit in it. */
export function Marked({ parts }: { parts: readonly Part[] }) {
  return (
    <>
      {parts.map((part, index) =>
        part.hit ? (
          <mark key={index} className={styles.mark}>
            {part.text}
          </mark>
        ) : (
          <span key={index}>{part.text}</span>
        ),
      )}
    </>
  );
}
