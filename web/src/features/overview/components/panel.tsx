import { useId, type ReactNode } from "react";
import { ErrorState, LoadingState } from "@/components";
import styles from "./panel.module.css";

interface Props {
  title: string;
  more?: ReactNode;
  className?: string | undefined;
  children: ReactNode;
}

export function Panel({ title, more, className, children }: Props) {
  const id = useId();
  return (
    <section className={className ? `${styles.panel} ${className}` : styles.panel} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        {more !== undefined && <span className={styles.more}>{more}</span>}
      </div>
      <div className={styles.body}>{children}</div>
    </section>
  );
}

/** There is nothing to do here, and that is fine. */
export function Quiet({ title, hint }: { title: string; hint: string }) {
  return (
    <div className={styles.quiet}>
      <p>{title}</p>
      <p>{hint}</p>
    </div>
  );
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isEnabled: boolean;
  refetch: () => unknown;
}

/** What a query says, or why it says nothing. `denied` stands in for what the person may not see. */
export function Answer<T>({ query, denied, children }: { query: Asked<T>; denied: ReactNode; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (!query.isEnabled) return denied;
  if (query.error !== null) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <LoadingState />;
}
