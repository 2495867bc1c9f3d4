import { useEffect, useState } from "react";
import { streamHealth, type NodeHealth, type StreamState } from "@/api-client";
import { ErrorState, LoadingState } from "@/components";
import { t } from "@/lib/messages";
import { useHealth } from "../api/sources";
import styles from "./sources.module.css";

/** The node's health as it is told, or as it was asked for first. */
function useLiveHealth(): { live: NodeHealth | undefined; state: StreamState } {
  const [live, setLive] = useState<NodeHealth>();
  const [state, setState] = useState<StreamState>("connecting");
  useEffect(() => {
    const stop = new AbortController();
    streamHealth({ signal: stop.signal, onHealth: setLive, onState: setState }).catch(() => setState("lost"));
    return () => stop.abort();
  }, []);
  return { live, state };
}

export function Health() {
  const query = useHealth();
  const { live, state } = useLiveHealth();
  const health = live ?? query.data;
  if (!health) return query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : <LoadingState />;
  return (
    <div className={styles.cards} style={{ padding: 14, overflow: "auto" }}>
      <section className={styles.card}>
        <h2>
          {t("sources.health.checks")} {state === "open" && <span className={styles.muted}>· {t("sources.health.live")}</span>}
        </h2>
        <dl className={styles.facts}>
          {health.checks.map((check) => (
            <div key={check.name} style={{ display: "contents" }}>
              <dt>{check.name}</dt>
              <dd>
                {check.problem === null ? (
                  <span className={styles.state}>{t("sources.health.well")}</span>
                ) : (
                  <span className={styles.bad}>{check.problem}</span>
                )}
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <section className={styles.card}>
        <h2>{t("sources.health.facts")}</h2>
        <dl className={styles.facts}>
          {health.facts.map((fact) => (
            <div key={fact.name} style={{ display: "contents" }}>
              <dt>{fact.name}</dt>
              <dd>{fact.value}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
