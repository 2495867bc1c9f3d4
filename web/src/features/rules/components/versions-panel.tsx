import { Button, Select } from "@mantine/core";
import { useState } from "react";
import { EmptyState, ErrorState, explain, LoadingState, TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";
import { getVersion, useDiff, useVersions } from "../api/rules";
import styles from "./workbench.module.css";

/** Lines of a unified diff, with the kind of each. */
export const diffLines = (diff: string): { text: string; kind: string }[] =>
  diff
    .replace(/\n$/, "")
    .split("\n")
    .filter((line) => !/^(?:---|\+\+\+) /.test(line))
    .map((text) => ({ text, kind: /^[-+@]/.exec(text)?.[0] ?? " " }));

export function DiffView({ id, from, to }: { id: string; from: number; to: number }) {
  const query = useDiff(id, from, to);
  if (from === to) return null;
  if (query.error) return <ErrorState error={query.error} />;
  if (!query.data) return <LoadingState />;
  if (query.data.diff === "") return <p className={styles.hint}>{t("rules.versions.same")}</p>;
  return (
    <pre className={styles.diff} aria-label={t("rules.versions.diff", { from, to })} tabIndex={0}>
      {diffLines(query.data.diff).map((line, index) => (
        <span key={index} data-kind={line.kind}>
          {line.text || " "}
        </span>
      ))}
    </pre>
  );
}

export function VersionsPanel({ id, onTake }: { id: string; onTake: ((yaml: string) => void) | undefined }) {
  const query = useVersions(id);
  const [chosen, setChosen] = useState<number>();
  const [other, setOther] = useState<number>();
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  const versions = query.data.items;
  const newest = versions[0];
  if (!newest) return <EmptyState title={t("rules.versions.none")} hint={t("rules.versions.none.hint")} />;
  const to = chosen ?? newest.number;
  const from = other ?? versions.find((version) => version.number < to)?.number ?? to;
  const take = async () => {
    try {
      const version = await getVersion(id, to);
      if (version.yaml !== undefined) onTake?.(version.yaml);
    } catch (error) {
      toast.error(explain(error));
    }
  };
  return (
    <>
      <ul className={styles.list} aria-label={t("rules.versions.list")}>
        {versions.map((version) => (
          <li key={version.number} className={styles.item}>
            <button
              type="button"
              className={styles.problem}
              aria-pressed={version.number === to}
              onClick={() => {
                setChosen(version.number);
                setOther(undefined);
              }}
            >
              <span className={styles.severity} style={version.number === to ? { color: "var(--v-accent)" } : undefined}>
                {t("rules.versions.number", { number: version.number })}
              </span>
              <span>
                {version.message || t(`rules.versions.${version.kind}`)} <span className={styles.muted}>{version.author}</span>
              </span>
              <span className={styles.where}>
                <TimeAgo time={version.time} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      <div className={styles.bar} style={{ marginTop: 12 }}>
        {versions.length > 1 && (
          <Select
            label={t("rules.versions.compare")}
            w={140}
            allowDeselect={false}
            data={versions.filter((version) => version.number !== to).map((version) => String(version.number))}
            value={from === to ? null : String(from)}
            onChange={(value) => setOther(Number(value))}
          />
        )}
        <span className={styles.spacer} />
        {onTake && to !== newest.number && (
          <Button variant="default" onClick={() => void take()}>
            {t("rules.versions.take")}
          </Button>
        )}
      </div>
      <DiffView id={id} from={from} to={to} />
    </>
  );
}
