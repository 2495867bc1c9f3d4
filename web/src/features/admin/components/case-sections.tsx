import { api, idempotent, ifMatch, unwrap, type Schema } from "@/api-client";
import { levels, Severity, severityName, severityRank, TimeAgo, type Column, type Level } from "@/components";
import { t } from "@/lib/messages";
import { readDuration, readTasks, spellDuration, spellTasks } from "../api/durations";
import { allPages, useList, useMay, useReload } from "../api/resources";
import { textIn } from "../api/values";
import type { Field, Values } from "./form-field";
import { ResourceSection } from "./resource-section";
import styles from "./admin.module.css";

type Policy = Schema<"SlaPolicy">;
type Template = Schema<"TaskTemplate">;
type Criticality = Schema<"Criticality">;

interface Kept {
  changed: string | null;
  by: string;
}

const keptColumns = <T extends Kept>(): Column<T>[] => [
  { id: "changed", header: t("admin.version"), width: 100, value: (row) => row.changed, cell: (row) => <TimeAgo time={row.changed} /> },
  { id: "by", header: t("admin.version.by"), width: 110, value: (row) => row.by, cell: (row) => row.by },
];

const duration = (seconds: number | null) => (seconds === null ? <span className={styles.muted}>–</span> : spellDuration(seconds));

const policyColumns: readonly Column<Policy>[] = [
  { id: "severity", header: t("admin.sla.severity"), width: 130, fixed: true, value: (row) => severityRank(row.severity), cell: (row) => <Severity level={row.severity} /> },
  { id: "name", header: t("admin.column.name"), width: 220, grow: true, value: (row) => row.name, cell: (row) => row.name },
  { id: "acknowledge", header: t("admin.sla.acknowledge"), width: 150, align: "right", value: (row) => row.acknowledge_seconds, cell: (row) => duration(row.acknowledge_seconds) },
  { id: "contain", header: t("admin.sla.contain"), width: 130, align: "right", value: (row) => row.contain_seconds, cell: (row) => duration(row.contain_seconds) },
  { id: "resolve", header: t("admin.sla.resolve"), width: 130, align: "right", value: (row) => row.resolve_seconds, cell: (row) => duration(row.resolve_seconds) },
  ...keptColumns<Policy>(),
];

const durationField = (name: string, label: string): Field => ({
  name,
  label,
  kind: "text",
  hint: t("admin.sla.duration"),
  check: (value) => (readDuration(textIn(value)) === undefined ? t("admin.sla.duration.wrong") : undefined),
});

const policyBody = (values: Values) => ({
  name: textIn(values.name).trim(),
  acknowledge_seconds: readDuration(textIn(values.acknowledge)) ?? null,
  contain_seconds: readDuration(textIn(values.contain)) ?? null,
  resolve_seconds: readDuration(textIn(values.resolve)) ?? null,
  pausing: values.pausing === true,
});

export function SlaSection() {
  return (
    <ResourceSection<Policy>
      id="sla"
      title={t("admin.section.sla")}
      newTitle={t("admin.sla.new")}
      editTitle={t("admin.sla.edit")}
      empty={t("admin.sla.empty")}
      emptyHint={t("admin.sla.empty.hint")}
      columns={policyColumns}
      query={useList(["sla"], () => allPages((after) => unwrap(api.GET("/sla-policies", { params: { query: after } }))))}
      rowId={(row) => row.id}
      nameOf={(row) => row.name}
      reload={useReload(["sla"])}
      mayWrite={useMay("incidents.manage")}
      fields={(row) => [
        { name: "name", label: t("admin.column.name"), kind: "text", required: true },
        { name: "severity", label: t("admin.sla.severity"), kind: "select", disabled: row !== undefined, options: levels.map((level) => ({ value: level, label: severityName(level) })) },
        durationField("acknowledge", t("admin.sla.acknowledge")),
        durationField("contain", t("admin.sla.contain")),
        durationField("resolve", t("admin.sla.resolve")),
        { name: "pausing", label: t("admin.sla.pausing"), kind: "switch" },
      ]}
      valuesOf={(row) => ({
        name: row?.name ?? "",
        severity: row?.severity ?? "high",
        acknowledge: spellDuration(row?.acknowledge_seconds),
        contain: spellDuration(row?.contain_seconds),
        resolve: spellDuration(row?.resolve_seconds),
        pausing: row?.pausing ?? true,
      })}
      create={(values) =>
        unwrap(api.POST("/sla-policies", { params: { header: idempotent() }, body: { severity: values.severity as Level, ...policyBody(values) } }))
      }
      update={(row, values) =>
        unwrap(api.PATCH("/sla-policies/{id}", { params: { path: { id: row.id }, header: ifMatch(row.version) }, body: policyBody(values) }))
      }
      remove={(row) => unwrap(api.DELETE("/sla-policies/{id}", { params: { path: { id: row.id }, header: ifMatch(row.version) } }))}
      deleteHint={t("admin.sla.delete.hint")}
    />
  );
}

const templateColumns: readonly Column<Template>[] = [
  { id: "name", header: t("admin.column.name"), width: 240, fixed: true, value: (row) => row.name, cell: (row) => <b>{row.name}</b> },
  { id: "description", header: t("admin.templates.description"), width: 320, grow: true, cell: (row) => row.description },
  {
    id: "tasks",
    header: t("admin.templates.tasks"),
    width: 100,
    value: (row) => row.tasks.length,
    cell: (row) => <span title={row.tasks.map((task) => task.title).join("\n")}>{t("admin.templates.count", { count: row.tasks.length })}</span>,
  },
  ...keptColumns<Template>(),
];

const templateBody = (values: Values, row?: Template) => ({
  name: textIn(values.name).trim(),
  description: textIn(values.description),
  tasks: readTasks(textIn(values.tasks), row?.tasks),
});

export function TemplatesSection() {
  return (
    <ResourceSection<Template>
      id="templates"
      title={t("admin.section.templates")}
      newTitle={t("admin.templates.new")}
      editTitle={t("admin.templates.edit")}
      empty={t("admin.templates.empty")}
      emptyHint={t("admin.templates.empty.hint")}
      columns={templateColumns}
      query={useList(["templates"], () => allPages((after) => unwrap(api.GET("/task-templates", { params: { query: after } }))))}
      rowId={(row) => row.id}
      nameOf={(row) => row.name}
      reload={useReload(["templates"])}
      mayWrite={useMay("incidents.manage")}
      fields={() => [
        { name: "name", label: t("admin.column.name"), kind: "text", required: true },
        { name: "description", label: t("admin.templates.description"), kind: "text" },
        { name: "tasks", label: t("admin.templates.tasks"), kind: "lines", required: true, hint: t("admin.templates.tasks.hint") },
      ]}
      valuesOf={(row) => ({ name: row?.name ?? "", description: row?.description ?? "", tasks: spellTasks(row?.tasks ?? []) })}
      create={(values) => unwrap(api.POST("/task-templates", { params: { header: idempotent() }, body: templateBody(values) }))}
      update={(row, values) =>
        unwrap(api.PATCH("/task-templates/{id}", { params: { path: { id: row.id }, header: ifMatch(row.version) }, body: templateBody(values, row) }))
      }
      remove={(row) => unwrap(api.DELETE("/task-templates/{id}", { params: { path: { id: row.id }, header: ifMatch(row.version) } }))}
      deleteHint={t("admin.templates.delete.hint")}
    />
  );
}

const kinds = ["user", "host", "ip", "process", "file", "hash", "domain", "cloud_account"] as const;

const criticalityColumns: readonly Column<Criticality>[] = [
  { id: "position", header: t("admin.criticality.position"), width: 80, align: "right", value: (row) => row.position, cell: (row) => row.position },
  { id: "kind", header: t("admin.criticality.kind"), width: 120, value: (row) => row.kind, cell: (row) => t(`admin.kind.${row.kind}`) },
  { id: "pattern", header: t("admin.criticality.pattern"), width: 260, fixed: true, grow: true, value: (row) => row.pattern, cell: (row) => <code>{row.pattern}</code> },
  { id: "factor", header: t("admin.criticality.factor"), width: 80, align: "right", value: (row) => row.factor, cell: (row) => `× ${row.factor}` },
  { id: "note", header: t("admin.criticality.note"), width: 260, cell: (row) => row.note },
  ...keptColumns<Criticality>(),
];

const criticalityBody = (values: Values) => ({
  kind: values.kind as Criticality["kind"],
  pattern: textIn(values.pattern).trim(),
  factor: Number(values.factor),
  position: Number(values.position),
  note: textIn(values.note),
});

export function CriticalitySection() {
  return (
    <ResourceSection<Criticality>
      id="criticality"
      title={t("admin.section.criticality")}
      newTitle={t("admin.criticality.new")}
      editTitle={t("admin.criticality.edit")}
      empty={t("admin.criticality.empty")}
      emptyHint={t("admin.criticality.empty.hint")}
      columns={criticalityColumns}
      query={useList(["criticality"], () => allPages((after) => unwrap(api.GET("/criticality", { params: { query: after } }))))}
      rowId={(row) => row.id}
      nameOf={(row) => row.pattern}
      reload={useReload(["criticality"])}
      mayWrite={useMay("incidents.manage")}
      fields={() => [
        { name: "kind", label: t("admin.criticality.kind"), kind: "select", options: kinds.map((kind) => ({ value: kind, label: t(`admin.kind.${kind}`) })) },
        { name: "pattern", label: t("admin.criticality.pattern"), kind: "text", required: true, hint: t("admin.criticality.pattern.hint") },
        { name: "factor", label: t("admin.criticality.factor"), kind: "number", step: 0.25, required: true, hint: t("admin.criticality.factor.hint") },
        { name: "position", label: t("admin.criticality.position"), kind: "number" },
        { name: "note", label: t("admin.criticality.note"), kind: "text" },
      ]}
      valuesOf={(row) => ({ kind: "host", pattern: "", factor: 2, position: 100, note: "", ...row })}
      create={(values) => unwrap(api.POST("/criticality", { params: { header: idempotent() }, body: criticalityBody(values) }))}
      update={(row, values) =>
        unwrap(api.PATCH("/criticality/{id}", { params: { path: { id: row.id }, header: ifMatch(row.version) }, body: criticalityBody(values) }))
      }
      remove={(row) => unwrap(api.DELETE("/criticality/{id}", { params: { path: { id: row.id }, header: ifMatch(row.version) } }))}
      deleteHint={t("admin.criticality.delete.hint")}
    />
  );
}
