import { Fragment } from "react";
import { capsOf, type Keys } from "@/lib/keyboard";
import styles from "./key-hint.module.css";

/** Keys as caps. */
export function KeyHint({ keys }: { keys: Keys }) {
  return (
    <span className={styles.hint}>
      {capsOf(keys).map((caps, step) => (
        <Fragment key={step}>
          {caps.map((cap) => (
            <kbd key={cap} className={styles.cap}>
              {cap}
            </kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
