import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, idempotent, ifMatch, unwrap, type Schema } from "@/api-client";
import { explain, TimeAgo, type Column } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { textOfValue } from "@/lib/values";
import { useQuery } from "@tanstack/react-query";
import { indicatorKind } from "../api/durations";
import { allPages, useList, useReload } from "../api/resources";
import { textIn } from "../api/values";
import { ResourceSection } from "./resource-section";
import styles from "./admin.module.css";

type Indicator = Schema<"Indicator">;
type Feed = Schema<"Feed">;

const day = 86_400_000;
const tlps = ["clear", "green", "amber", "amber+strict", "red"] as const;
const lives = [7, 30, 90, 365] as const;

const columns: readonly Column<Indicator>[] = [
  { id: "type", header: t("admin.intel.type"), width: 100, value: (row) => row.type, cell: (row) => t(`admin.intel.type.${row.type}`) },
  { id: "value", header: t("admin.intel.value"), width: 210, fixed: true, grow: true, value: (row) => row.value, cell: (row) => <code className={styles.clip} title={row.value}>{row.value}</code> },
  { id: "source", header: t("admin.intel.source"), width: 140, value: (row) => row.source, cell: (row) => row.source },
  { id: "tlp", header: t("admin.intel.tlp"), width: 90, value: (row) => row.tlp, cell: (row) => row.tlp },
  { id: "description", header: t("admin.intel.description"), width: 170, cell: (row) => <span className={styles.clip} title={row.description}>{row.description}</span> },
  { id: "added", header: t("admin.intel.added"), width: 110, value: (row) => row.added, cell: (row) => <TimeAgo time={row.added} /> },
  { id: "expires", header: t("admin.intel.expires"), width: 100, value: (row) => row.expires, cell: (row) => (row.expires ? <TimeAgo time={row.expires} /> : t("admin.intel.never")) },
];

/** Asks all feeds for a value; pages of events lead here. */
function LookUp() {
  const { look = "" }: { look?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const [value, setValue] = useState(look);
  const query = useQuery({
    queryKey: ["admin", "look-up", look],
    queryFn: () => unwrap(api.GET("/indicators/look-up", { params: { query: { value: look } } })),
    enabled: look !== "",
  });
  return (
    <form
      style={{ display: "flex", gap: 8, alignItems: "center" }}
      onSubmit={(event) => {
        event.preventDefault();
        void navigate({ to: "/admin/$section", params: { section: "intel" }, search: (old) => ({ ...old, look: value.trim() || undefined }) });
      }}
    >
      {look !== "" && (
        <span role="status" title={query.data?.items.map((item) => textOfValue(item)).join("\n")} className={query.data?.items.length ? styles.warn : styles.muted}>
          {query.error
            ? explain(query.error)
            : query.data &&
              (query.data.items.length === 0
                ? t("admin.intel.look.none", { value: look })
                : t("admin.intel.look.found", { count: query.data.items.length, value: look }))}
        </span>
      )}
      <TextInput w={220} aria-label={t("admin.intel.look")} placeholder={t("admin.intel.look")} styles={{ input: { height: 26, minHeight: 26 } }} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
      <Button type="submit" variant="default" size="compact-xs">
        {t("admin.intel.look.button")}
      </Button>
    </form>
  );
}

export function IntelSection() {
  const reload = useReload(["indicators"]);
  return (
    <ResourceSection<Indicator>
      id="intel"
      title={t("admin.section.intel")}
      newTitle={t("admin.intel.new")}
      editTitle={t("admin.section.intel")}
      empty={t("admin.intel.empty")}
      emptyHint={t("admin.intel.empty.hint")}
      columns={columns}
      actions={<LookUp />}
      query={useList(["indicators"], () => allPages((after) => unwrap(api.GET("/indicators", { params: { query: { ...after, limit: 1000 } } })), 10))}
      rowId={(row) => row.id}
      nameOf={(row) => row.value}
      reload={reload}
      mayWrite={useCan("intel.write")}
      fields={(row) => [
        row
          ? { name: "value", label: t("admin.intel.value"), kind: "text", disabled: true }
          : { name: "values", label: t("admin.intel.values"), kind: "lines", required: true, hint: t("admin.intel.values.hint") },
        { name: "source", label: t("admin.intel.source"), kind: "text", disabled: row !== undefined },
        { name: "description", label: t("admin.intel.description"), kind: "text", disabled: row !== undefined },
        { name: "tlp", label: t("admin.intel.tlp"), kind: "select", disabled: row !== undefined, options: tlps.map((tlp) => ({ value: tlp, label: tlp })) },
        ...(row
          ? []
          : [
              {
                name: "days",
                label: t("admin.intel.expires"),
                kind: "select" as const,
                options: [{ value: "never", label: t("admin.intel.never") }, ...lives.map((days) => ({ value: String(days), label: t("admin.intel.days", { days }) }))],
              },
            ]),
      ]}
      valuesOf={(row) => ({ values: "", source: "", description: "", tlp: "amber", days: "90", ...row })}
      create={async (values) => {
        const expires = values.days === "never" ? null : new Date(Date.now() + Number(values.days) * day).toISOString();
        const indicators = textIn(values.values)
          .split(/\s*\n\s*/)
          .filter((value) => value !== "")
          .map((value) => ({
            type: indicatorKind(value),
            value,
            source: textIn(values.source),
            description: textIn(values.description),
            tlp: values.tlp as (typeof tlps)[number],
            expires,
          }));
        await unwrap(api.POST("/indicators", { params: { header: idempotent() }, body: { indicators } }));
      }}
      remove={(row) => unwrap(api.DELETE("/indicators/{id}", { params: { path: { id: row.id }, header: ifMatch(row.version) } }))}
      deleteHint={t("admin.intel.delete.hint")}
    />
  );
}

function PollButton({ feed }: { feed: Feed }) {
  const poll = useMutation({
    mutationFn: () => unwrap(api.POST("/feeds/{name}/poll", { params: { path: { name: feed.name } } })),
    onSuccess: () => toast.success(t("admin.feeds.polling", { name: feed.name })),
    onError: (error) => toast.error(explain(error)),
  });
  return (
    <Button variant="default" size="compact-xs" loading={poll.isPending} onClick={() => poll.mutate()}>
      {t("admin.feeds.poll")}
    </Button>
  );
}

const feedColumns = (mayPoll: boolean): Column<Feed>[] => [
  { id: "name", header: t("admin.column.name"), width: 160, fixed: true, value: (feed) => feed.name, cell: (feed) => <b>{feed.name}</b> },
  { id: "kind", header: t("admin.feeds.kind"), width: 80, value: (feed) => feed.kind, cell: (feed) => feed.kind },
  { id: "url", header: t("admin.feeds.url"), width: 190, grow: true, cell: (feed) => <span className={styles.clip} title={feed.url ?? ""}>{feed.url}</span> },
  { id: "indicators", header: t("admin.feeds.indicators"), width: 100, align: "right", value: (feed) => feed.indicators, cell: (feed) => feed.indicators },
  { id: "polled", header: t("admin.feeds.polled"), width: 110, value: (feed) => feed.last_polled, cell: (feed) => (feed.kind === "book" ? "" : <TimeAgo time={feed.last_polled} />) },
  { id: "next", header: t("admin.feeds.next"), width: 110, value: (feed) => feed.next_poll, cell: (feed) => feed.next_poll && <TimeAgo time={feed.next_poll} /> },
  { id: "error", header: t("admin.feeds.error"), width: 150, cell: (feed) => <span className={styles.bad} title={feed.last_error ?? ""}>{feed.last_error}</span> },
  { id: "poll", header: t("admin.feeds.poll"), width: 100, cell: (feed) => mayPoll && feed.kind !== "book" && <PollButton feed={feed} /> },
];

export function FeedsSection() {
  const mayPoll = useCan("intel.write");
  return (
    <ResourceSection<Feed>
      id="feeds"
      title={t("admin.section.feeds")}
      newTitle=""
      editTitle=""
      empty={t("admin.feeds.empty")}
      emptyHint={t("admin.feeds.hint")}
      columns={feedColumns(mayPoll)}
      actions={<span className={styles.muted}>{t("admin.feeds.hint")}</span>}
      query={useList(["feeds"], async () => (await unwrap(api.GET("/feeds"))).items)}
      rowId={(feed) => feed.name}
      nameOf={(feed) => feed.name}
      reload={useReload(["feeds"])}
      mayWrite={false}
      fields={() => [
        { name: "kind", label: t("admin.feeds.kind"), kind: "text" },
        { name: "url", label: t("admin.feeds.url"), kind: "text" },
      ]}
      valuesOf={(feed) => ({ ...feed })}
      create={() => Promise.resolve()}
    />
  );
}
