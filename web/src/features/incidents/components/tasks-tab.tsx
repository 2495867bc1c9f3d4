import { ActionIcon, Button, Checkbox, Group, Select, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { api, idempotent, unwrap, type Schema } from "@/api-client";
import { EmptyState, TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { useIncidentAction } from "../api/changes";
import { useTaskTemplates, useUserNames } from "../api/queries";
import type { Incident, Task } from "../api/types";
import styles from "./incident.module.css";

/** What has to be done, by whom and until when. */
export function TasksTab({ incident }: { incident: Incident }) {
  const mayWrite = useCan("incidents.write");
  return (
    <div className={styles.stack} style={{ maxWidth: 860 }}>
      {incident.tasks.length === 0 ? (
        <EmptyState title={t("incidents.tasks.none")} hint={t("incidents.tasks.none.hint")} />
      ) : (
        <ul className={`${styles.card} ${styles.rows}`}>
          {incident.tasks.map((task) => (
            <TaskRow key={task.id} id={incident.id} task={task} mayWrite={mayWrite} />
          ))}
        </ul>
      )}
      {mayWrite && <NewTask id={incident.id} />}
    </div>
  );
}

function TaskRow({ id, task, mayWrite }: { id: string; task: Task; mayWrite: boolean }) {
  const names = useUserNames();
  const path = { id, task: task.id };
  const change = useIncidentAction((body: Schema<"TaskChange">) => unwrap(api.PATCH("/incidents/{id}/tasks/{task}", { params: { path }, body })));
  const remove = useIncidentAction(() => unwrap(api.DELETE("/incidents/{id}/tasks/{task}", { params: { path } })));
  const known = task.assignee !== null && !names.includes(task.assignee) ? [task.assignee, ...names] : names;
  const finished = task.state !== "open";
  return (
    <li className={styles.row}>
      <Checkbox
        checked={finished}
        disabled={!mayWrite || change.isPending}
        aria-label={t("incidents.tasks.tick", { title: task.title })}
        onChange={() => change.mutate({ state: finished ? "open" : "done" })}
      />
      <span className={styles.wrapText}>
        <span style={finished ? { color: "var(--v-muted)", textDecoration: "line-through" } : { fontWeight: 550 }}>{task.title}</span>{" "}
        <span className={styles.muted}>{task.description}</span>
      </span>
      {finished && task.done_by && (
        <span className={styles.muted}>
          {task.done_by} <TimeAgo time={task.done} />
        </span>
      )}
      {!finished && task.due && (
        <span className={styles.muted}>
          {t("incidents.clock.due")} <TimeAgo time={task.due} />
        </span>
      )}
      <Select
        aria-label={t("incidents.tasks.assignee", { title: task.title })}
        placeholder={t("incidents.owner.none")}
        w={132}
        clearable
        searchable
        disabled={!mayWrite}
        data={known}
        value={task.assignee}
        onChange={(assignee) => change.mutate({ assignee })}
      />
      {mayWrite && (
        <ActionIcon aria-label={t("incidents.tasks.delete", { title: task.title })} onClick={() => remove.mutate(undefined)}>
          <IconTrash size={14} />
        </ActionIcon>
      )}
    </li>
  );
}

function NewTask({ id }: { id: string }) {
  const [title, setTitle] = useState("");
  const templates = useTaskTemplates().data?.items ?? [];
  const add = useIncidentAction((body: Schema<"NewTask">) =>
    unwrap(api.POST("/incidents/{id}/tasks", { params: { path: { id }, header: idempotent() }, body })),
  );
  const use = useIncidentAction((template: string) =>
    unwrap(api.POST("/incidents/{id}/task-template", { params: { path: { id }, header: idempotent() }, body: { template } })),
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (title.trim()) add.mutate({ title: title.trim() }, { onSuccess: () => setTitle("") });
      }}
    >
      <Group gap="xs" align="flex-end">
        <TextInput label={t("incidents.tasks.new")} style={{ flex: 1 }} maxLength={300} value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
        <Button type="submit" loading={add.isPending} disabled={!title.trim()}>
          {t("incidents.tasks.add")}
        </Button>
        {templates.length > 0 && (
          <Select
            aria-label={t("incidents.tasks.template")}
            placeholder={t("incidents.tasks.template")}
            w={190}
            data={templates.map((one) => ({ value: one.id, label: one.name }))}
            value={null}
            onChange={(template) => template && use.mutate(template)}
          />
        )}
      </Group>
    </form>
  );
}
