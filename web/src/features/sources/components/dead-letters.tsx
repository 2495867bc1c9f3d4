import { Button, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiProblem } from "@/api-client";
import { ConfirmDialog, DataTable, Drawer, EmptyState, ErrorState, explain, LoadingState, Timestamp, type Column } from "@/components";
import { copyText } from "@/lib/clipboard";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { useDeadLetters, useReplay, type DeadLetter } from "../api/sources";
import styles from "./sources.module.css";

const columns: readonly Column<DeadLetter>[] = [
  { id: "time", header: t("sources.failures.time"), width: 156, value: (row) => row.time, cell: (row) => <Timestamp time={row.time} /> },
  { id: "source", header: t("sources.failures.source"), width: 240, value: (row) => row.source, cell: (row) => <span className={styles.clip} title={row.source}>{row.source}</span> },
  { id: "format", header: t("sources.failures.format"), width: 90, value: (row) => row.format, cell: (row) => row.format ?? "" },
  { id: "dataset", header: t("sources.failures.dataset"), width: 120, hidden: true, value: (row) => row.dataset, cell: (row) => row.dataset ?? "" },
  { id: "reason", header: t("sources.failures.reason"), width: 280, value: (row) => row.reason, cell: (row) => <span className={styles.clip} title={row.reason}>{row.reason}</span> },
  { id: "text", header: t("sources.failures.text"), width: 320, grow: true, cell: (row) => <code className={styles.clip}>{row.text.slice(0, 400)}</code> },
];

/** One of them, whole. */
export function DeadLetterDrawer({ letter, onClose }: { letter: DeadLetter | undefined; onClose: () => void }) {
  return (
    <Drawer
      opened={letter !== undefined}
      onClose={onClose}
      title={letter?.reason}
      actions={
        letter && (
          <Button variant="default" size="compact-xs" onClick={() => void copyText(letter.text)}>
            {t("common.action.copy")}
          </Button>
        )
      }
    >
      {letter && (
        <>
          <dl className={styles.facts}>
            <dt>{t("sources.failures.time")}</dt>
            <dd>
              <Timestamp time={letter.time} precision="millisecond" />
            </dd>
            <dt>{t("sources.failures.source")}</dt>
            <dd>{letter.source}</dd>
            <dt>{t("sources.failures.format")}</dt>
            <dd>{letter.format ?? "–"}</dd>
            <dt>{t("sources.failures.dataset")}</dt>
            <dd>{letter.dataset ?? "–"}</dd>
            <dt>{t("sources.failures.reason")}</dt>
            <dd>{letter.reason}</dd>
          </dl>
          <pre className={styles.text}>{letter.text}</pre>
          {letter.cut && <p className={styles.hint}>{t("sources.failures.cut")}</p>}
        </>
      )}
    </Drawer>
  );
}

function ReplayButton({ query }: { query: string }) {
  const [asking, setAsking] = useState(false);
  const replay = useReplay();
  const queries = useQueryClient();
  const start = () =>
    replay.mutate(query, {
      onSuccess: (count) => {
        toast.success(t("sources.failures.replay.done", { count }));
        void queries.invalidateQueries({ queryKey: ["sources"] });
      },
      onError: (error) => toast.error(t("sources.failures.replay.failed"), error instanceof ApiProblem ? explain(error) : error.message),
      onSettled: () => setAsking(false),
    });
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t("sources.failures.replay")}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={t("sources.failures.replay.title")}
        confirm={t("sources.failures.replay")}
        busy={replay.isPending}
        onConfirm={start}
        onClose={() => setAsking(false)}
      >
        {t("sources.failures.replay.hint")}
      </ConfirmDialog>
    </>
  );
}

/** What could not be parsed, with the reason; it can be replayed. */
export function DeadLetters() {
  const [text, setText] = useState("");
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState<DeadLetter>();
  const letters = useDeadLetters(query);
  const mayReplay = useCan("dead_letters.replay");
  const rows = letters.data?.pages.flatMap((page) => page.items) ?? [];
  const total = letters.data?.pages[0]?.total ?? 0;
  return (
    <>
      <form
        className={styles.figures}
        style={{ gap: 8, alignItems: "center" }}
        onSubmit={(event) => {
          event.preventDefault();
          setQuery(text);
        }}
      >
        <TextInput
          w={360}
          aria-label={t("sources.failures.find.label")}
          placeholder={t("sources.failures.find")}
          leftSection={<IconSearch size={14} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {letters.data && <span className={styles.muted}>{t("sources.failures.total", { count: total })}</span>}
        <span style={{ marginLeft: "auto" }}>{mayReplay && rows.length > 0 && <ReplayButton query={query} />}</span>
      </form>
      {letters.error ? (
        <ErrorState error={letters.error} onRetry={() => void letters.refetch()} />
      ) : !letters.data ? (
        <LoadingState />
      ) : (
        <DataTable
          id="dead-letters"
          label={t("sources.failures")}
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          onOpen={setOpen}
          onEnd={() => {
            if (letters.hasNextPage && !letters.isFetchingNextPage) void letters.fetchNextPage();
          }}
          empty={
            query === "" ? (
              <EmptyState title={t("sources.failures.none")} hint={t("sources.failures.none.hint")} />
            ) : (
              <EmptyState title={t("sources.failures.none.query")} />
            )
          }
        />
      )}
      <DeadLetterDrawer letter={open} onClose={() => setOpen(undefined)} />
    </>
  );
}
