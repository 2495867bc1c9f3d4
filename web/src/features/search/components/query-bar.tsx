import { lazy, Suspense, useRef, type RefObject } from "react";
import { t } from "@/lib/messages";
import styles from "./query-bar.module.css";
import type { QueryProps } from "./query-editor";

const QueryEditor = lazy(() => import("./query-editor").then((module) => ({ default: module.QueryEditor })));

/** The query. The editor comes after the page; until then plain text does. */
export function QueryBar(props: QueryProps) {
  const typingRef = useRef(false);
  return (
    <Suspense fallback={<PlainQuery {...props} typingRef={typingRef} />}>
      <QueryEditor {...props} takesFocus={typingRef} />
    </Suspense>
  );
}

function PlainQuery({ value, onChange, onRun, typingRef }: QueryProps & { typingRef: RefObject<boolean> }) {
  return (
    <div className={styles.bar} data-query-bar="">
      <input
        className={styles.plain}
        aria-label={t("search.query.label")}
        placeholder={t("search.query.placeholder")}
        spellCheck={false}
        value={value}
        onFocus={() => (typingRef.current = true)}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onRun(event.currentTarget.value);
        }}
      />
    </div>
  );
}

/** Puts the caret into the query bar of the page. */
export function focusQueryBar(): void {
  document.querySelector<HTMLElement>("[data-query-bar] .cm-content, [data-query-bar] input")?.focus();
}
