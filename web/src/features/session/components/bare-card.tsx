import { useEffect, type ReactNode } from "react";
import styles from "./bare-card.module.css";

/** The one card of a page without the shell. */
export function BareCard({ title, intro, children }: { title: string; intro?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Vedette`;
  }, [title]);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <svg width="30" height="30" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M6 8l10 17L26 8" fill="none" stroke="var(--v-accent)" strokeWidth="3.6" strokeLinecap="round" strokeLinejoin="round" />
          <circle cx="16" cy="9.5" r="3.2" fill="var(--v-warn)" />
        </svg>
        <h1 className={styles.title}>{title}</h1>
        {intro !== undefined && <p className={styles.intro}>{intro}</p>}
        {children}
      </div>
    </main>
  );
}
