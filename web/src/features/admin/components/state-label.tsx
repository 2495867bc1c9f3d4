import type { CSSProperties, ReactNode } from "react";
import styles from "./admin.module.css";

/** A state as a dot and its name. */
export function StateLabel({ color, children }: { color: string; children: ReactNode }) {
  return (
    <span className={styles.state} style={{ "--state": color } as CSSProperties}>
      {children}
    </span>
  );
}
