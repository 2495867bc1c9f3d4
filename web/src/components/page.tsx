import { useEffect, type ReactNode } from "react";
import styles from "./page.module.css";

interface Props {
  title: string;
  /** Behind the title: a count, a state. */
  meta?: ReactNode;
  actions?: ReactNode;
  /** Below the header: tabs, filters. */
  toolbar?: ReactNode;
  /** The content brings its own margins and scrolls by itself. */
  flush?: boolean;
  children: ReactNode;
}

/** The frame of a page: one line of header, then content that fills the rest. */
export function Page({ title, meta, actions, toolbar, flush = false, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Vedette`;
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1 className={styles.title}>{title}</h1>
        {meta !== undefined && <div className={styles.meta}>{meta}</div>}
        <div className={styles.actions}>{actions}</div>
      </header>
      {toolbar !== undefined && <div className={styles.toolbar}>{toolbar}</div>}
      <div className={flush ? styles.flush : styles.content}>{children}</div>
    </div>
  );
}
