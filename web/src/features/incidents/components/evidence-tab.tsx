import { Button, FileButton, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, idempotent, unwrap } from "@/api-client";
import { EmptyState, ErrorState, explain, LoadingState, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { formatBytes } from "@/lib/numbers";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { textOfValue } from "@/lib/values";
import { useIncidentAction } from "../api/changes";
import { saveEvidence, uploadEvidence } from "../api/files";
import { useTimeline } from "../api/queries";
import type { Incident, TimelineEntry } from "../api/types";
import styles from "./incident.module.css";
import { Prose } from "./prose";

/** What proves something, and through whose hands it went. */
export function EvidenceTab({ incident }: { incident: Incident }) {
  const timeline = useTimeline(incident.id);
  const mayWrite = useCan("incidents.write");
  if (timeline.error) return <ErrorState error={timeline.error} onRetry={() => void timeline.refetch()} />;
  if (!timeline.data) return <LoadingState />;
  const entries = timeline.data.items.flatMap(({ entry }) => (entry?.evidence ? [entry] : []));
  return (
    <div className={styles.stack} style={{ maxWidth: 980 }}>
      {mayWrite && <Add id={incident.id} />}
      {entries.length === 0 ? (
        <EmptyState title={t("incidents.evidence.none")} hint={t("incidents.evidence.none.hint")} />
      ) : (
        <div className={styles.card}>
          {entries.map((entry) => (
            <Piece key={entry.id} id={incident.id} entry={entry} />
          ))}
        </div>
      )}
    </div>
  );
}

function Piece({ id, entry }: { id: string; entry: TimelineEntry }) {
  const { file, event } = entry;
  const save = () => {
    if (file) saveEvidence(id, entry.id, file.name).catch((error: unknown) => toast.error(t("incidents.evidence.failed"), explain(error)));
  };
  return (
    <article className={styles.entry}>
      <div className={styles.entryHead}>
        <span className={styles.chip}>{t(`incidents.kind.${entry.kind}`)}</span>
        <b>{file?.name ?? (event ? textOfValue(event["event.dataset"]) : (entry.by ?? t("incidents.node")))}</b>
        <Timestamp time={entry.time} />
        {file && (
          <Button variant="default" size="compact-xs" className={styles.spread} onClick={save}>
            {t("incidents.evidence.save", { size: formatBytes(file.size) })}
          </Button>
        )}
      </div>
      {entry.text && <Prose text={entry.text} />}
      {file && <div className={styles.mono}>SHA-256 {file.sha256}</div>}
      {event && (
        <details>
          <summary className={styles.muted}>{t("incidents.evidence.event")}</summary>
          <pre className={styles.mono} style={{ whiteSpace: "pre-wrap", maxHeight: 280, overflow: "auto" }}>
            {JSON.stringify(event, null, 2)}
          </pre>
        </details>
      )}
      {entry.custody.length > 0 && (
        <ol className={styles.custody} aria-label={t("incidents.evidence.custody")}>
          {entry.custody.map((step, index) => (
            <li key={index}>
              <Timestamp time={step.time} /> {step.by}: {step.what}
            </li>
          ))}
        </ol>
      )}
    </article>
  );
}

function Add({ id }: { id: string }) {
  const [event, setEvent] = useState("");
  const [text, setText] = useState("");
  const keepEvent = useIncidentAction(
    (body: { event: string; text?: string }) =>
      unwrap(api.POST("/incidents/{id}/evidence/event", { params: { path: { id }, header: idempotent() }, body })),
    t("incidents.evidence.kept"),
  );
  const keepFile = useIncidentAction((file: File) => uploadEvidence(id, file, text.trim()), t("incidents.evidence.kept"));
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        if (event.trim()) keepEvent.mutate({ event: event.trim(), ...(text.trim() ? { text: text.trim() } : {}) }, { onSuccess: () => setEvent("") });
      }}
    >
      <Group gap="xs" align="flex-end">
        <TextInput label={t("incidents.evidence.what")} style={{ flex: 1 }} value={text} onChange={(change) => setText(change.currentTarget.value)} />
        <TextInput label={t("incidents.evidence.id")} w={250} value={event} onChange={(change) => setEvent(change.currentTarget.value)} />
        <Button type="submit" variant="default" loading={keepEvent.isPending} disabled={!event.trim()}>
          {t("incidents.evidence.keep")}
        </Button>
        <FileButton onChange={(file) => file && keepFile.mutate(file)}>
          {(props) => (
            <Button {...props} variant="default" loading={keepFile.isPending}>
              {t("incidents.evidence.upload")}
            </Button>
          )}
        </FileButton>
      </Group>
    </form>
  );
}
