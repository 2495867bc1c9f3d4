import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { EmptyState, ErrorState, LoadingState, Severity, TimeAgo, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { textOfValue } from "@/lib/values";
import { useComment } from "../api/changes";
import { useAlertEvents, useSimilarAlerts, useSurrounding } from "../api/queries";
import type { Alert, Row } from "../api/types";
import { StatusLabel } from "./labels";
import styles from "./detail.module.css";

const eventIdOf = (row: Row): string | undefined => (typeof row._id === "string" ? row._id : undefined);

// The fields that say most of an event, in this order.
const telling = ["message", "process.command_line", "url.original", "event.action", "destination.ip", "user.name", "event.original"];

function lineOf(row: Row): string {
  const parts = telling.map((field) => textOfValue(row[field])).filter((text) => text !== "");
  return [textOfValue(row["event.dataset"]), ...parts.slice(0, 3)].filter((text) => text !== "").join("  ·  ");
}

function EventLine({ row, self }: { row: Row; self: boolean }) {
  const time = row["@timestamp"];
  return (
    <div className={styles.event} data-self={self || undefined}>
      <div className={styles.eventTime}>
        <Timestamp time={typeof time === "string" ? time : null} precision="millisecond" /> {textOfValue(row["host.name"])}
      </div>
      <div className={styles.eventLine}>{lineOf(row)}</div>
    </div>
  );
}

/** The events that made the alert, and what happened around them on the host. */
export function EventsTab({ alert }: { alert: Alert }) {
  const events = useAlertEvents(alert.id);
  const self = eventIdOf(alert.document);
  const around = useSurrounding(self);
  if (events.error) return <ErrorState error={events.error} onRetry={() => void events.refetch()} />;
  if (!events.data) return <LoadingState />;
  const { items, missing } = events.data;
  return (
    <>
      <section className={styles.section}>
        <h3 className={styles.heading}>{t("alerts.events.own", { count: Math.max(items.length, 1) })}</h3>
        {items.length > 0 ? (
          items.map((row, index) => <EventLine key={eventIdOf(row) ?? index} row={row} self={eventIdOf(row) === self} />)
        ) : (
          <EventLine row={alert.document} self />
        )}
        {missing > 0 && items.length > 0 && <div className={styles.note}>{t("alerts.events.missing", { count: missing })}</div>}
      </section>
      {around.data && (
        <section className={styles.section}>
          <h3 className={styles.heading}>
            {around.data.by ? t("alerts.events.around.by", { field: around.data.by.field, value: around.data.by.value }) : t("alerts.events.around")}
          </h3>
          {[...around.data.before, around.data.event, ...around.data.after].map((row, index) => (
            <EventLine key={eventIdOf(row) ?? index} row={row} self={eventIdOf(row) === self} />
          ))}
        </section>
      )}
    </>
  );
}

/** What the same rule, host and user gave before, and how it was judged. */
export function SimilarTab({ alert, onOpen }: { alert: Alert; onOpen: (id: string) => void }) {
  const similar = useSimilarAlerts(alert);
  if (similar.error) return <ErrorState error={similar.error} onRetry={() => void similar.refetch()} />;
  if (!similar.data) return <LoadingState />;
  if (similar.data.length === 0) return <EmptyState title={t("alerts.similar.none")} hint={t("alerts.similar.none.hint")} />;
  const judged = similar.data.filter((one) => one.verdict);
  const bad = judged.filter((one) => one.verdict === "true_positive").length;
  const sameRule = similar.data.filter((one) => one.rule.id === alert.rule.id);
  const others = similar.data.filter((one) => one.rule.id !== alert.rule.id);
  return (
    <>
      <p className={styles.note}>
        {judged.length === 0 ? t("alerts.similar.unjudged") : t("alerts.similar.judged", { bad, judged: judged.length })}
      </p>
      {[
        { title: t("alerts.similar.rule"), list: sameRule },
        { title: t("alerts.similar.entity"), list: others },
      ].map(
        ({ title, list }) =>
          list.length > 0 && (
            <section key={title} className={styles.section}>
              <h3 className={styles.heading}>
                {title} ({list.length})
              </h3>
              {list.slice(0, 100).map((one) => (
                <button key={one.id} type="button" className={styles.similar} onClick={() => onOpen(one.id)}>
                  <Severity level={one.level} compact />
                  <span className={styles.similarTitle}>
                    {one.rule.title} <span className={styles.muted}>{[one.host, one.user].filter(Boolean).join(" · ")}</span>
                  </span>
                  <StatusLabel status={one.status} verdict={one.verdict} />
                  <span className={styles.muted}>
                    <Timestamp time={one.time} precision="minute" />
                  </span>
                </button>
              ))}
            </section>
          ),
      )}
    </>
  );
}

interface ActivityProps {
  alert: Alert;
  names: ReadonlyMap<string, string>;
  focusComment: boolean;
}

/** Comments and changes, by time. */
export function ActivityTab({ alert, names, focusComment }: ActivityProps) {
  const [text, setText] = useState("");
  const comment = useComment();
  const mayWrite = useCan("alerts.write");
  const submit = () => {
    if (text.trim()) comment.mutate({ id: alert.id, text: text.trim() }, { onSuccess: () => setText("") });
  };
  const named = (value: unknown): string => (typeof value === "string" ? (names.get(value) ?? value) : textOfValue(value) || "–");
  const entries = [
    ...alert.comments.map((one) => ({ key: one.id, time: one.time, by: one.by_name, what: t("alerts.activity.commented"), text: one.text })),
    ...alert.history.map((one, index) => ({
      key: `change-${index}`,
      time: one.time,
      by: one.by_name,
      what: t("alerts.activity.changed"),
      text: Object.entries(one.changes)
        .map(([name, change]) => {
          const { from, to } = (change ?? {}) as { from?: unknown; to?: unknown };
          return `${name}: ${named(from)} → ${named(to)}`;
        })
        .join("\n"),
    })),
  ].sort((a, b) => a.time.localeCompare(b.time));
  return (
    <>
      {entries.length === 0 && <div className={styles.note}>{t("alerts.activity.none")}</div>}
      {entries.map((entry) => (
        <div key={entry.key} className={styles.entry}>
          <div className={styles.entryHead}>
            <b>{entry.by}</b> {entry.what} <TimeAgo time={entry.time} />
          </div>
          <div className={styles.entryText}>{entry.text}</div>
        </div>
      ))}
      {mayWrite && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Textarea
            mt="sm"
            label={t("alerts.comment.label")}
            placeholder={t("alerts.comment.placeholder")}
            autosize
            minRows={2}
            maxLength={10_000}
            autoFocus={focusComment}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
              if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          <Button type="submit" mt="xs" loading={comment.isPending} disabled={!text.trim()}>
            {t("alerts.comment.submit")}
          </Button>
        </form>
      )}
    </>
  );
}
