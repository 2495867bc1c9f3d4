import { explain } from "@/components";
import styles from "./bare-card.module.css";

/** What an attempt was refused for. */
export function Fault({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <div role="alert" className={styles.fault}>
      {explain(error)}
    </div>
  );
}
