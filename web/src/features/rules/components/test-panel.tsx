import { Button, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api-client";
import { EmptyState, explain } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { useTimeRange } from "@/lib/time";
import { toast } from "@/lib/toast";
import { readEvents } from "../api/rule-text";
import { EventLine, Matches } from "./matches";
import styles from "./workbench.module.css";

const mostStored = 50;
const sample = '{"process.name": "whoami.exe", "host.os.type": "windows", "event.category": "process"}';

function useStoredEvents(onEvents: (lines: string) => void) {
  const { range } = useTimeRange();
  return useMutation({
    mutationFn: (query: string) =>
      unwrap(api.POST("/search", { body: { query, from: range.from, to: range.to, limit: mostStored } })),
    onSuccess: ({ rows }) => {
      if (rows.length === 0) toast.info(t("rules.test.notfound"));
      else {
        onEvents(rows.map((row) => JSON.stringify(row)).join("\n"));
        toast.success(t("rules.test.loaded", { count: rows.length }));
      }
    },
    onError: (error) => toast.error(explain(error)),
  });
}

/** Runs the text of the rule over a few events that are pasted, or taken from the store. */
export function TestPanel({ yaml }: { yaml: string }) {
  const [events, setEvents] = useState("");
  const [query, setQuery] = useState("");
  const maySearch = useCan("events.read");
  const stored = useStoredEvents(setEvents);
  const test = useMutation({
    mutationFn: async () => {
      const list = readEvents(events);
      const { results } = await unwrap(api.POST("/rules/test", { body: { yaml, events: list } }));
      return results.map((result, index) => ({ ...result, event: list[index] }));
    },
  });
  const matched = test.data?.filter((result) => result.matched).length ?? 0;
  return (
    <>
      {maySearch && (
        <form
          className={styles.bar}
          onSubmit={(event) => {
            event.preventDefault();
            stored.mutate(query);
          }}
        >
          <TextInput
            flex={1}
            aria-label={t("rules.test.query")}
            placeholder={t("rules.test.query.placeholder")}
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={stored.isPending}>
            {t("rules.test.load")}
          </Button>
        </form>
      )}
      <Textarea
        label={t("rules.test.events")}
        description={t("rules.test.hint")}
        placeholder={sample}
        value={events}
        onChange={(event) => setEvents(event.currentTarget.value)}
        autosize
        minRows={5}
        maxRows={12}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--v-mono)", fontSize: 11.5, whiteSpace: "pre", overflow: "auto" } }}
      />
      <div className={styles.bar} style={{ marginTop: 10 }}>
        <Button disabled={events.trim() === ""} loading={test.isPending} onClick={() => test.mutate()}>
          {t("rules.test.run")}
        </Button>
        {test.data && <span role="status">{t("rules.test.matched", { count: matched, total: test.data.length })}</span>}
      </div>
      {test.error && <p role="alert">{explain(test.error)}</p>}
      {!test.data && !test.error && <EmptyState title={t("rules.test.none")} hint={t("rules.test.none.hint")} />}
      {test.data && (
        <ul className={styles.list} aria-label={t("rules.test.results")}>
          {test.data.map((result, index) => (
            <li key={index} className={styles.item}>
              <span className={styles.verdict} data-matched={result.matched}>
                {result.matched ? t("rules.test.match") : t("rules.test.nomatch")}
              </span>
              <EventLine event={result.event} />
              <Matches matches={result.alerts[0]?.matches ?? []} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
