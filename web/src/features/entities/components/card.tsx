import type { ReactNode } from "react";
import styles from "./entities.module.css";

export function Card({ title, meta, children }: { title: string; meta?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.card} aria-label={title}>
      <div className={styles.cardHead}>
        <h2>{title}</h2>
        {meta !== undefined && <span className={styles.muted}>{meta}</span>}
      </div>
      {children}
    </section>
  );
}
