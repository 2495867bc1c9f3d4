import { Button, Checkbox, Group, Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { api, idempotent, unwrap, type Schema } from "@/api-client";
import { LoadingState, Severity } from "@/components";
import { t } from "@/lib/messages";
import { useIncidentAction } from "../api/changes";
import { useFoundIncidents, useRelated } from "../api/queries";
import type { Incident, IncidentItem } from "../api/types";
import styles from "./incident.module.css";
import { StatusLabel } from "./labels";

/** Chooses incidents that go into this one; related ones come first. */
export function MergeDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 250);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [reason, setReason] = useState("");
  const related = useRelated(incident.id);
  const found = useFoundIncidents(wanted, true);
  const merge = useIncidentAction(
    (body: Schema<"Merge">) => unwrap(api.POST("/incidents/{id}/merge", { params: { path: { id: incident.id }, header: idempotent() }, body })),
    t("incidents.merge.done"),
  );
  const list = new Map<string, { item: IncidentItem; why: string }>();
  if (!wanted) for (const one of related.data?.items ?? []) list.set(one.incident.id, { item: one.incident, why: one.reasons.join("; ") });
  for (const item of found.data?.items ?? []) if (!list.has(item.id)) list.set(item.id, { item, why: "" });
  list.delete(incident.id);
  const toggle = (id: string) =>
    setChosen((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <Modal opened onClose={onClose} size="lg" title={t("incidents.merge.title")} closeButtonProps={{ "aria-label": t("common.action.close") }}>
      <TextInput label={t("incidents.merge.find")} data-autofocus value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <ul className={`${styles.card} ${styles.rows}`} style={{ marginTop: 8, maxHeight: 320, overflow: "auto" }}>
        {found.isPending && <LoadingState />}
        {[...list.values()].filter(({ item }) => !item.by_hand && item.merged_into === null).map(({ item, why }) => (
          <li key={item.id} className={styles.row}>
            <Checkbox aria-label={item.title} checked={chosen.has(item.id)} onChange={() => toggle(item.id)} />
            <Severity level={item.severity} compact />
            <span className={styles.grow} title={item.title}>
              {item.title} <span className={styles.muted}>{why}</span>
            </span>
            <StatusLabel status={item.status} />
          </li>
        ))}
      </ul>
      <TextInput mt="sm" label={t("incidents.merge.reason")} maxLength={2000} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onClose}>
          {t("common.action.cancel")}
        </Button>
        <Button
          disabled={chosen.size === 0}
          loading={merge.isPending}
          onClick={() => merge.mutate({ others: [...chosen], ...(reason.trim() ? { reason: reason.trim() } : {}) }, { onSuccess: onClose })}
        >
          {t("incidents.merge.submit", { count: chosen.size })}
        </Button>
      </Group>
    </Modal>
  );
}

export function PauseDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const pause = useIncidentAction(
    (body: Schema<"Pause">) => unwrap(api.POST("/incidents/{id}/pause", { params: { path: { id: incident.id } }, body })),
    t("incidents.paused"),
  );
  return (
    <Modal opened onClose={onClose} size="sm" title={t("incidents.action.pause")} closeButtonProps={{ "aria-label": t("common.action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          pause.mutate({ reason: reason.trim() }, { onSuccess: onClose });
        }}
      >
        <TextInput label={t("incidents.pause.reason")} required data-autofocus maxLength={2000} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <Group justify="flex-end" gap="xs" mt="md">
          <Button variant="default" onClick={onClose}>
            {t("common.action.cancel")}
          </Button>
          <Button type="submit" loading={pause.isPending} disabled={!reason.trim()}>
            {t("incidents.action.pause")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
