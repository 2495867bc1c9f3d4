import { Button, Modal, Select, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, apiBase, unwrap, type Schema } from "@/api-client";
import { DataTable, Drawer, EmptyState, ErrorState, explain, LoadingState, Page, Timestamp, type Column } from "@/components";
import { t } from "@/lib/messages";
import { resolveRange, useTimeRange } from "@/lib/time";
import styles from "./admin.module.css";

type Entry = Schema<"AuditEntry">;
type Outcome = "success" | "denied" | "failure";
const outcomes: readonly Outcome[] = ["success", "denied", "failure"];

interface Filters {
  actor?: string;
  action?: string;
  target?: string;
  outcome?: Outcome;
}

const outcomeText = (entry: Entry): string => {
  const known = outcomes.find((one) => one === entry.outcome);
  return known ? t(`admin.audit.outcome.${known}`) : entry.outcome;
};

const columns: readonly Column<Entry>[] = [
  { id: "time", header: t("admin.audit.time"), width: 160, cell: (entry) => <Timestamp time={entry.time} /> },
  { id: "actor", header: t("admin.audit.actor"), width: 130, cell: (entry) => entry.actor_name || <span className={styles.muted}>{entry.actor_kind}</span> },
  { id: "action", header: t("admin.audit.action"), width: 180, fixed: true, cell: (entry) => <code>{entry.action}</code> },
  { id: "target", header: t("admin.audit.target"), width: 220, grow: true, cell: (entry) => <span className={styles.clip} title={entry.target}>{entry.target}</span> },
  { id: "outcome", header: t("admin.audit.outcome"), width: 90, cell: (entry) => <span className={entry.outcome === "success" ? undefined : styles.bad}>{outcomeText(entry)}</span> },
  { id: "reason", header: t("admin.audit.reason"), width: 150, cell: (entry) => <span className={styles.clip} title={entry.reason}>{entry.reason}</span> },
  { id: "address", header: t("admin.audit.address"), width: 120, cell: (entry) => entry.address },
  { id: "sequence", header: t("admin.audit.sequence"), width: 76, align: "right", cell: (entry) => entry.sequence },
];

function useAudit(filters: Filters) {
  const { range } = useTimeRange();
  return useInfiniteQuery({
    queryKey: ["admin", "audit", filters, range],
    queryFn: ({ pageParam }) => {
      const { from, to } = resolveRange(range);
      const query = {
        ...filters,
        ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
        ...(range.to === "now" || range.to === "" ? {} : { to: new Date(to).toISOString() }),
        limit: 200,
        ...(pageParam === "" ? {} : { after: pageParam }),
      };
      return unwrap(api.GET("/audit", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });
}

function EntryDrawer({ entry, onClose }: { entry: Entry | undefined; onClose: () => void }) {
  return (
    <Drawer opened={entry !== undefined} onClose={onClose} title={entry && t("admin.audit.entry", { sequence: entry.sequence })} width={560}>
      {entry && (
        <dl className={styles.facts}>
          <dt>{t("admin.audit.time")}</dt>
          <dd>
            <Timestamp time={entry.time} precision="millisecond" />
          </dd>
          {[
            [t("admin.audit.actor"), `${entry.actor_name} (${entry.actor_kind}) ${entry.actor_id}`],
            [t("admin.audit.action"), entry.action],
            [t("admin.audit.target"), entry.target],
            [t("admin.audit.outcome"), outcomeText(entry)],
            [t("admin.audit.reason"), entry.reason],
            [t("admin.audit.address"), entry.address],
            [t("admin.audit.request"), entry.request_id],
            ...entry.details.map((pair) => [pair[0] ?? "", pair[1] ?? ""]),
            [t("admin.audit.hash"), entry.hash],
          ]
            .filter(([, value]) => value !== "")
            .map(([name, value], index) => (
              <div key={index} style={{ display: "contents" }}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
        </dl>
      )}
    </Drawer>
  );
}

function Verdict({ verdict, onClose }: { verdict: Schema<"AuditVerdict">; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title={t("admin.audit.verify.title")} closeButtonProps={{ "aria-label": t("common.action.close") }}>
      <p className={verdict.intact ? undefined : styles.bad} role="status" style={{ marginTop: 0 }}>
        {verdict.intact
          ? t("admin.audit.verify.intact", { count: verdict.entries })
          : t("admin.audit.verify.broken", { count: verdict.faults.length })}
      </p>
      {verdict.faults.slice(0, 50).map((fault, index) => (
        <div key={index}>{t("admin.audit.verify.fault", { sequence: fault.sequence, what: fault.what })}</div>
      ))}
      <span className={styles.muted}>{t("admin.audit.verify.head")}</span>
      <code className={styles.secret}>{verdict.head}</code>
    </Modal>
  );
}

/** Who did what: each change, and each read of others' data. */
export function AuditSection() {
  const [draft, setDraft] = useState<Filters>({});
  const [filters, setFilters] = useState<Filters>({});
  const [open, setOpen] = useState<Entry>();
  const query = useAudit(filters);
  const verify = useMutation({ mutationFn: () => unwrap(api.POST("/audit/verify", { body: {} })) });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const set = (name: keyof Filters, value: string) =>
    setDraft((old) => Object.fromEntries(Object.entries({ ...old, [name]: value }).filter(([, text]) => text !== "")));
  const filter = (name: "actor" | "action" | "target") => (
    <TextInput
      w={150}
      aria-label={t(`admin.audit.${name}`)}
      placeholder={t(`admin.audit.${name}`)}
      value={draft[name] ?? ""}
      onChange={(event) => set(name, event.currentTarget.value)}
    />
  );
  return (
    <Page
      title={t("admin.section.audit")}
      actions={
        <>
          <Button variant="default" size="compact-xs" loading={verify.isPending} onClick={() => verify.mutate()}>
            {t("admin.audit.verify")}
          </Button>
          <Button component="a" href={`${apiBase}/audit/export`} download="audit.ndjson" variant="default" size="compact-xs">
            {t("admin.audit.export")}
          </Button>
        </>
      }
      toolbar={
        <form
          style={{ display: "flex", flexWrap: "wrap", gap: 8 }}
          onSubmit={(event) => {
            event.preventDefault();
            setFilters(draft);
          }}
        >
          {filter("actor")}
          {filter("action")}
          {filter("target")}
          <Select
            w={130}
            clearable
            aria-label={t("admin.audit.outcome")}
            placeholder={t("admin.audit.outcome")}
            data={outcomes.map((outcome) => ({ value: outcome, label: t(`admin.audit.outcome.${outcome}`) }))}
            value={draft.outcome ?? null}
            onChange={(value) => set("outcome", value ?? "")}
          />
          <Button type="submit" variant="default">
            {t("common.action.apply")}
          </Button>
        </form>
      }
      flush
    >
      {query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <LoadingState />
      ) : (
        <DataTable
          id="admin.audit"
          label={t("admin.section.audit")}
          columns={columns}
          rows={rows}
          rowId={(entry) => String(entry.sequence)}
          onOpen={setOpen}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
          }}
          empty={<EmptyState title={t("admin.audit.empty")} hint={t("admin.audit.empty.hint")} />}
        />
      )}
      <EntryDrawer entry={open} onClose={() => setOpen(undefined)} />
      {verify.error && (
        <Modal opened onClose={verify.reset} title={t("admin.audit.verify.title")}>
          {explain(verify.error)}
        </Modal>
      )}
      {verify.data && <Verdict verdict={verify.data} onClose={verify.reset} />}
    </Page>
  );
}
