import { Button, Checkbox, Group, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { api, idempotent, unwrap, type Schema } from "@/api-client";
import { EmptyState, ErrorState, LoadingState, TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { useCan, useSession } from "@/lib/session";
import { useIncidentAction } from "../api/changes";
import { useTimeline } from "../api/queries";
import type { Incident } from "../api/types";
import styles from "./incident.module.css";
import { MentionField } from "./mention-field";
import { Prose } from "./prose";

type Kind = NonNullable<Schema<"NewEntry">["kind"]>;
const kinds: Kind[] = ["comment", "note", "handover"];

/** What people say of the incident. */
export function CommentsTab({ incident }: { incident: Incident }) {
  const timeline = useTimeline(incident.id);
  const mayWrite = useCan("incidents.write");
  const own = useSession()?.user?.name;
  const remove = useIncidentAction((entry: string) =>
    unwrap(api.DELETE("/incidents/{id}/entries/{entry}", { params: { path: { id: incident.id, entry } } })),
  );
  if (timeline.error) return <ErrorState error={timeline.error} onRetry={() => void timeline.refetch()} />;
  if (!timeline.data) return <LoadingState />;
  const entries = timeline.data.items.flatMap(({ entry }) => (entry && (kinds as string[]).includes(entry.kind) ? [entry] : []));
  return (
    <div className={styles.stack} style={{ maxWidth: 860 }}>
      {entries.length === 0 ? (
        <EmptyState title={t("incidents.comments.none")} hint={t("incidents.comments.none.hint")} />
      ) : (
        <div className={styles.card}>
          {entries.map((entry) => (
            <article key={entry.id} className={styles.entry}>
              <div className={styles.entryHead}>
                <b>{entry.by ?? t("incidents.node")}</b>
                <TimeAgo time={entry.written ?? entry.time} />
                {entry.kind !== "comment" && <span className={styles.chip}>{t(`incidents.kind.${entry.kind}`)}</span>}
                {entry.evidence && <span className={styles.chip}>{t("incidents.tab.evidence")}</span>}
                {mayWrite && entry.by === own && entry.kind === "comment" && (
                  <Button variant="subtle" color="gray" size="compact-xs" className={styles.spread} onClick={() => remove.mutate(entry.id)}>
                    {t("common.action.delete")}
                  </Button>
                )}
              </div>
              <Prose text={entry.text} />
            </article>
          ))}
        </div>
      )}
      {mayWrite && <Write id={incident.id} />}
    </div>
  );
}

function Write({ id }: { id: string }) {
  const [text, setText] = useState("");
  const [kind, setKind] = useState<Kind>("comment");
  const [evidence, setEvidence] = useState(false);
  const add = useIncidentAction(
    (body: Schema<"NewEntry">) => unwrap(api.POST("/incidents/{id}/entries", { params: { path: { id }, header: idempotent() }, body })),
    t("incidents.comments.done"),
  );
  const submit = () => {
    if (text.trim()) add.mutate({ text: text.trim(), kind, evidence }, { onSuccess: () => setText("") });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <MentionField label={t("incidents.comments.label")} placeholder={t("incidents.comments.placeholder")} value={text} onChange={setText} onSubmit={submit} />
      <Group gap="sm" mt="xs">
        <SegmentedControl aria-label={t("incidents.comments.kind")} value={kind} onChange={setKind} data={kinds.map((value) => ({ value, label: t(`incidents.kind.${value}`) }))} />
        <Checkbox label={t("incidents.comments.evidence")} checked={evidence} onChange={(event) => setEvidence(event.currentTarget.checked)} />
        <Button type="submit" className={styles.spread} loading={add.isPending} disabled={!text.trim()}>
          {t("incidents.comments.submit")}
        </Button>
      </Group>
    </form>
  );
}
