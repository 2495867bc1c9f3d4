import { Badge, Tabs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { isProblemOf } from "@/api-client";
import { explain, Page, Severity } from "@/components";
import { useShortcuts } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { useJob } from "../api/jobs";
import { titleIn } from "../api/rule-text";
import { useSaveRule, useSwitchRule, type WholeRule } from "../api/rules";
import { AboutPanel } from "./about-panel";
import { ActivateDialog } from "./activate-dialog";
import { BackTestPanel, useBackTestStart, type BackTest } from "./back-test-panel";
import { ExceptionsPanel } from "./exceptions-panel";
import { LazyEditor } from "./lazy-editor";
import { ProblemsPanel } from "./problems-panel";
import { RuleActions } from "./rule-actions";
import { RuleBanner } from "./rule-banner";
import { StateBadge } from "./state-badge";
import { TestPanel } from "./test-panel";
import { useCheck } from "./use-check";
import { VersionsPanel } from "./versions-panel";
import styles from "./workbench.module.css";

interface Props {
  /** Undefined: a new one. */
  rule: WholeRule | undefined;
  /** The text at first. */
  text: string;
  onReload?: () => void;
}

/** A rule with everything that is done to it: written, checked, tested, back-tested, switched on, compared. */
export function Workbench({ rule, text, onReload }: Props) {
  const [yaml, setYaml] = useState(text);
  const [saved, setSaved] = useState(text);
  const [note, setNote] = useState("");
  const [tab, setTab] = useState<string | null>(rule ? "about" : "problems");
  const [goTo, setGoTo] = useState<{ line: number; column: number; times: number }>();
  const [activating, setActivating] = useState(false);
  const [tested, setTested] = useState<string>();
  const checked = useCheck();
  const backTest = useJob<BackTest>();
  const startBackTest = useBackTestStart(backTest);
  const save = useSaveRule();
  const change = useSwitchRule();
  const navigate = useNavigate();
  const mayWrite = useCan("rules.write");
  const writable = mayWrite && rule?.origin !== "file";
  const dirty = yaml !== saved;
  const title = titleIn(yaml) ?? rule?.title ?? t("rules.rule.new");

  const runBackTest = () => {
    setTab("backtest");
    setTested(yaml);
    startBackTest(yaml);
  };
  const keep = async (): Promise<WholeRule> => {
    const kept = await save.mutateAsync({ rule, yaml, message: note });
    setSaved(yaml);
    setNote("");
    return kept;
  };
  const onSave = async () => {
    if (!writable || checked.broken || (rule && !dirty)) return;
    try {
      const kept = await keep();
      toast.success(t("rules.action.saved", { title: kept.title }));
      if (!rule) void navigate({ to: "/rules/$id", params: { id: kept.id }, replace: true });
    } catch (error) {
      if (!isProblemOf(error, "changed")) toast.error(explain(error));
    }
  };
  const onActivate = async () => {
    try {
      const kept = rule && !(dirty && writable) ? rule : await keep();
      const active = await change.mutateAsync({ rule: kept, on: true });
      toast.success(t("rules.action.activated", { title: active.title }));
    } catch (error) {
      toast.error(explain(error));
    } finally {
      setActivating(false);
    }
  };
  useShortcuts([
    { keys: "mod+s", label: t("rules.shortcut.save"), group: t("rules.group"), whileTyping: true, enabled: writable, run: () => void onSave() },
  ]);

  return (
    <Page
      title={title}
      meta={
        <span style={{ display: "inline-flex", gap: 14 }}>
          {rule && <StateBadge state={rule.state} why={rule.why} />}
          {rule && <Severity level={rule.level} />}
          {rule?.number && <span>{t("rules.rule.version", { number: rule.number })}</span>}
          {rule && dirty && <span>{t("rules.rule.dirty")}</span>}
        </span>
      }
      actions={
        <RuleActions
          rule={rule}
          dirty={dirty}
          broken={checked.broken}
          saving={save.isPending}
          note={note}
          onNote={setNote}
          onSave={() => void onSave()}
          onActivate={() => setActivating(true)}
        />
      }
      flush
    >
      <div className={styles.bench}>
        <div className={styles.left}>
          <RuleBanner rule={rule} readOnly={!writable} conflict={save.error} onReload={onReload} />
          <div className={styles.editor}>
            <LazyEditor
              value={yaml}
              onChange={setYaml}
              label={t("rules.rule.editor")}
              readOnly={!writable}
              check={mayWrite ? checked.check : undefined}
              onSave={() => void onSave()}
              goTo={goTo}
            />
          </div>
        </div>
        <Tabs value={tab} onChange={setTab} className={styles.right}>
          <Tabs.List className={styles.tabs}>
            {mayWrite && (
              <Tabs.Tab value="problems" rightSection={<Count of={checked.diagnostics.length} bad={checked.broken} />}>
                {t("rules.tab.problems")}
              </Tabs.Tab>
            )}
            <Tabs.Tab value="about">{t("rules.tab.about")}</Tabs.Tab>
            {mayWrite && <Tabs.Tab value="test">{t("rules.tab.test")}</Tabs.Tab>}
            {mayWrite && <Tabs.Tab value="backtest">{t("rules.tab.backtest")}</Tabs.Tab>}
            {rule && <Tabs.Tab value="versions">{t("rules.tab.versions")}</Tabs.Tab>}
            {rule && <Tabs.Tab value="exceptions">{t("rules.tab.exceptions")}</Tabs.Tab>}
          </Tabs.List>
          <Panel name="problems">
            <ProblemsPanel
              diagnostics={checked.diagnostics}
              error={checked.error}
              onGo={(line, column) => setGoTo((old) => ({ line, column, times: (old?.times ?? 0) + 1 }))}
            />
          </Panel>
          <Panel name="about">
            <AboutPanel rule={rule} />
          </Panel>
          <Panel name="test" keep>
            <TestPanel yaml={yaml} />
          </Panel>
          <Panel name="backtest">
            <BackTestPanel run={backTest} stale={tested !== yaml} onStart={runBackTest} />
          </Panel>
          {rule && (
            <>
              <Panel name="versions">
                <VersionsPanel id={rule.id} onTake={writable ? setYaml : undefined} />
              </Panel>
              <Panel name="exceptions">
                <ExceptionsPanel rule={rule} />
              </Panel>
            </>
          )}
        </Tabs>
      </div>
      <ActivateDialog
        opened={activating}
        title={title}
        dirty={dirty && writable}
        busy={change.isPending || save.isPending}
        result={tested === yaml ? backTest.result : undefined}
        onTest={() => {
          setActivating(false);
          runBackTest();
        }}
        onActivate={() => void onActivate()}
        onClose={() => setActivating(false)}
      />
    </Page>
  );
}

function Panel({ name, keep = false, children }: { name: string; keep?: boolean; children: ReactNode }) {
  return (
    <Tabs.Panel value={name} className={styles.panel} keepMounted={keep}>
      {children}
    </Tabs.Panel>
  );
}

function Count({ of, bad }: { of: number; bad: boolean }) {
  if (of === 0) return null;
  return (
    <Badge size="xs" variant="light" color={bad ? "red" : "gray"}>
      {of}
    </Badge>
  );
}
