import type { ReactNode } from "react";
import styles from "./incident.module.css";

export function Card({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.card} aria-label={title}>
      <div className={styles.cardHead}>
        <h2>{title}</h2>
        <span className={styles.spread}>{actions}</span>
      </div>
      {children}
    </section>
  );
}
