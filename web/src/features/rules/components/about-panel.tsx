import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { EmptyState, TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import { techniqueName } from "@/viz/attack-matrix-names";
import { sourceText } from "../api/filters";
import type { WholeRule } from "../api/rules";
import { Cost, Truth } from "./figures";
import styles from "./workbench.module.css";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

export function AboutPanel({ rule }: { rule: WholeRule | undefined }) {
  if (!rule) return <EmptyState title={t("rules.rule.new")} hint={t("rules.about.new")} />;
  return (
    <>
      {rule.description && <p className={styles.prose}>{rule.description}</p>}
      <dl className={styles.facts}>
        <Fact name={t("rules.about.hits")}>{formatCount(rule.hits ?? 0)}</Fact>
        <Fact name={t("rules.about.alerts")}>
          <Link to={"/alerts"} search={{ rule: rule.id } as never}>
            {formatCount(rule.alerts ?? 0)}
          </Link>
        </Fact>
        <Fact name={t("rules.about.truth")}>
          <Truth rule={rule} />
        </Fact>
        <Fact name={t("rules.about.hidden")}>
          {formatCount(rule.suppressed ?? 0)}, {formatCount(rule.excepted ?? 0)}
        </Fact>
        <Fact name={t("rules.about.cost")}>
          <Cost rule={rule} />
        </Fact>
        {sourceText(rule) !== "" && <Fact name={t("rules.about.source")}>{sourceText(rule)}</Fact>}
        {rule.techniques && rule.techniques.length > 0 && (
          <Fact name={t("rules.about.attack")}>
            {rule.techniques.map((technique) => (
              <div key={technique}>
                {technique} <span className={styles.muted}>{techniqueName(technique)}</span>
              </div>
            ))}
          </Fact>
        )}
        {rule.author && <Fact name={t("rules.about.author")}>{rule.author}</Fact>}
        {rule.status && <Fact name={t("rules.about.status")}>{rule.status}</Fact>}
        {rule.changed && (
          <Fact name={t("rules.about.changed")}>
            <TimeAgo time={rule.changed} /> {rule.changed_by}
          </Fact>
        )}
        <Fact name={t("rules.about.id")}>
          <code>{rule.id}</code>
        </Fact>
        {rule.file && (
          <Fact name={t("rules.about.file")}>
            <code>{rule.file}</code>
          </Fact>
        )}
        {rule.false_positives && rule.false_positives.length > 0 && (
          <Fact name={t("rules.about.falsepositives")}>
            {rule.false_positives.map((one) => (
              <div key={one}>{one}</div>
            ))}
          </Fact>
        )}
        {rule.references && rule.references.length > 0 && (
          <Fact name={t("rules.about.references")}>
            {rule.references.map((one) => (
              <div key={one}>{one}</div>
            ))}
          </Fact>
        )}
      </dl>
    </>
  );
}
