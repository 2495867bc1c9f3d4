import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { EmptyState, ErrorState, LoadingState, Timestamp, Value } from "@/components";
import { t } from "@/lib/messages";
import { boxHeight, boxWidth, layOutProcesses, type ProcessNode, type ProcessRecord } from "@/viz/process-tree";
import { useProcessFamily, type ProcessFamily } from "../api/process-tree";
import type { Alert } from "../api/types";
import detail from "./detail.module.css";
import styles from "./process-tab.module.css";

export function ProcessTab({ alert }: { alert: Alert }) {
  const family = useProcessFamily(alert);
  if (family.error) return <ErrorState error={family.error} onRetry={() => void family.refetch()} />;
  if (family.isPending) return <LoadingState />;
  if (!family.data) return <EmptyState title={t("alerts.process.none")} hint={t("alerts.process.none.hint")} />;
  return <Tree key={alert.id} family={family.data} />;
}

function Tree({ family }: { family: ProcessFamily }) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState(family.self);
  const { nodes, links, width, height } = useMemo(() => layOutProcesses(family.records, collapsed), [family, collapsed]);
  const scroller = useRef<HTMLDivElement>(null);
  const selfAt = nodes.find((node) => node.process.id === family.self);
  const [selfX, selfY] = [selfAt?.x, selfAt?.y];
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box || selfX === undefined || selfY === undefined) return;
    box.scrollTo(selfX - boxWidth - 60, selfY + boxHeight / 2 - box.clientHeight / 2);
    // Only at first: later the person scrolls.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const toggle = (id: string) =>
    setCollapsed((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const focusOn = (id: string | undefined) => {
    if (id === undefined) return;
    setChosen(id);
    const button = [...(scroller.current?.querySelectorAll<HTMLElement>("[data-process]") ?? [])].find((one) => one.dataset.process === id);
    button?.focus();
  };
  const onKey = (node: ProcessNode) => (event: KeyboardEvent) => {
    const children = nodes.filter((one) => one.process.parent === node.process.id);
    const column = nodes.filter((one) => one.x === node.x).sort((a, b) => a.y - b.y);
    const place = column.indexOf(node);
    const to: Record<string, string | undefined> = {
      ArrowLeft: node.process.parent,
      ArrowRight: children[0]?.process.id,
      ArrowUp: column[place - 1]?.process.id,
      ArrowDown: column[place + 1]?.process.id,
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    focusOn(to[event.key]);
  };
  const record = family.records.find((one) => one.id === chosen);
  return (
    <div className={styles.whole}>
      {family.cut && <div className={detail.note}>{t("alerts.process.cut", { count: family.records.length })}</div>}
      <div ref={scroller} className={styles.scroll}>
        <div className={styles.canvas} style={{ width, height }} role="tree" aria-label={t("alerts.process.title")}>
          <svg width={width} height={height} className={styles.links} aria-hidden="true">
            {links.map((link) => (
              <path key={link.to.process.id} d={link.path} />
            ))}
          </svg>
          {nodes.map((node) => (
            <Box
              key={node.process.id}
              node={node}
              self={node.process.id === family.self}
              chosen={node.process.id === chosen}
              onChoose={() => setChosen(node.process.id)}
              onToggle={() => toggle(node.process.id)}
              onKeyDown={onKey(node)}
            />
          ))}
        </div>
      </div>
      {record && <ProcessFacts record={record} />}
    </div>
  );
}

interface BoxProps {
  node: ProcessNode;
  self: boolean;
  chosen: boolean;
  onChoose: () => void;
  onToggle: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function Box({ node, self, chosen, onChoose, onToggle, onKeyDown }: BoxProps) {
  const { process } = node;
  return (
    <div
      role="treeitem"
      aria-selected={chosen}
      aria-expanded={node.children > 0 ? !node.collapsed : undefined}
      tabIndex={chosen ? 0 : -1}
      data-process={process.id}
      data-self={self || undefined}
      data-chosen={chosen || undefined}
      data-inferred={process.inferred || undefined}
      className={styles.box}
      style={{ left: node.x, top: node.y, width: boxWidth, height: boxHeight }}
      title={process.command}
      onClick={onChoose}
      onDoubleClick={onToggle}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          event.stopPropagation();
          onToggle();
        } else onKeyDown(event);
      }}
    >
      <span className={styles.name}>{process.name}</span>
      <span className={styles.command}>{[process.pid, process.user].filter(Boolean).join(" · ")}</span>
      {node.children > 0 && (
        <span
          className={styles.count}
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          {node.collapsed ? `+${node.children}` : "–"}
        </span>
      )}
    </div>
  );
}

function ProcessFacts({ record }: { record: ProcessRecord }) {
  return (
    <section className={styles.facts}>
      <h3 className={detail.heading}>
        {record.name}
        {record.inferred && <span className={styles.inferred}>{t("alerts.process.inferred")}</span>}
      </h3>
      <dl className={detail.pair}>
        <dt>{t("alerts.process.command")}</dt>
        <dd className={detail.fieldValue}>
          <Value field="process.command_line" value={record.command} wrap />
        </dd>
        <dt>{t("alerts.process.pid")}</dt>
        <dd>{record.pid || "–"}</dd>
        {record.user && (
          <>
            <dt>{t("alerts.process.user")}</dt>
            <dd>
              <Value field="user.name" value={record.user} />
            </dd>
          </>
        )}
        {record.time && (
          <>
            <dt>{t("alerts.process.time")}</dt>
            <dd>
              <Timestamp time={record.time} precision="millisecond" />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
