import { Badge, CloseButton, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import type { Schema } from "@/api-client";
import { levels, severityColor, severityName } from "@/components";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import { openStatuses, statuses, type IncidentStatus, type ListSearch } from "../api/types";
import styles from "./list.module.css";

interface Props {
  search: ListSearch;
  summary: Schema<"IncidentSummary"> | undefined;
  names: readonly string[];
  own: string | undefined;
  onChange: (change: Partial<ListSearch>) => void;
}

type View = IncidentStatus | "open" | "all";
const views: Record<View, IncidentStatus[] | undefined> = {
  open: undefined,
  new: ["new"],
  triaged: ["triaged"],
  in_progress: ["in_progress"],
  contained: ["contained"],
  closed: ["closed"],
  all: [...statuses],
};
const viewNames = Object.keys(views) as View[];
const viewOf = (status: IncidentStatus[] | undefined): View => viewNames.find((view) => views[view]?.join() === status?.join()) ?? "all";

const countOf = (summary: Schema<"IncidentSummary">, view: View): number =>
  (view === "open" ? openStatuses : (views[view] ?? [])).reduce((sum, status) => sum + (summary.statuses[status] ?? 0), 0);

export function ListToolbar({ search, summary, names, own, onChange }: Props) {
  const find = useDebouncedCallback((text: string) => onChange({ text: text || undefined }), 250);
  const label = (view: View): string => {
    const name = view === "open" || view === "all" ? t(`incidents.view.${view}`) : t(`incidents.status.${view}`);
    return summary ? `${name} ${formatCount(countOf(summary, view))}` : name;
  };
  return (
    <>
      <SegmentedControl
        aria-label={t("incidents.filter.status")}
        value={viewOf(search.status)}
        onChange={(view) => onChange({ status: views[view] })}
        data={viewNames.map((value) => ({ value, label: label(value) }))}
      />
      <TextInput
        aria-label={t("incidents.filter.text")}
        placeholder={t("incidents.filter.text")}
        leftSection={<IconSearch size={14} />}
        w={200}
        defaultValue={search.text ?? ""}
        onChange={(event) => find(event.currentTarget.value)}
      />
      <Select
        aria-label={t("incidents.filter.owner")}
        placeholder={t("incidents.filter.owner")}
        clearable
        searchable
        w={150}
        data={[{ value: "-", label: t("incidents.filter.nobody") }, ...names.map((name) => ({ value: name, label: name === own ? t("incidents.filter.me", { name }) : name }))]}
        value={search.owner ?? null}
        onChange={(owner) => onChange({ owner: owner ?? undefined })}
      />
      {(["entity", "technique"] as const).map(
        (name) =>
          search[name] !== undefined && (
            <Badge
              key={name}
              variant="light"
              size="lg"
              maw={320}
              rightSection={<CloseButton size={16} aria-label={t("incidents.filter.remove", { name })} onClick={() => onChange({ [name]: undefined })} />}
            >
              {search[name]}
            </Badge>
          ),
      )}
    </>
  );
}

/** How many incidents wait, and which of them most. */
export function ListCounts({ search, summary, onChange }: Omit<Props, "names" | "own">) {
  return (
    <div className={styles.counts} role="group" aria-label={t("incidents.counts")}>
      {levels.slice(0, 4).map((level) => (
        <button
          key={level}
          type="button"
          className={styles.count}
          aria-pressed={search.severity === level}
          title={t("incidents.counts.from", { level: severityName(level) })}
          onClick={() => onChange({ severity: search.severity === level ? undefined : level })}
        >
          <span className={styles.number} style={{ color: severityColor(level) }}>
            {summary ? formatCount(summary.severities[level] ?? 0) : "–"}
          </span>
          <span className={styles.name}>{severityName(level)}</span>
        </button>
      ))}
      <span className={styles.rule} aria-hidden="true" />
      <button type="button" className={styles.count} aria-pressed={search.owner === "-"} onClick={() => onChange({ owner: search.owner === "-" ? undefined : "-" })}>
        <span className={styles.number}>{summary ? formatCount(summary.unassigned) : "–"}</span>
        <span className={styles.name}>{t("incidents.counts.unassigned")}</span>
      </button>
      <button type="button" className={styles.count} aria-pressed={search.breached === true} onClick={() => onChange({ breached: search.breached ? undefined : true })}>
        <span className={styles.number} data-bad={(summary?.breached ?? 0) > 0 || undefined}>
          {summary ? formatCount(summary.breached) : "–"}
        </span>
        <span className={styles.name}>{t("incidents.counts.breached")}</span>
      </button>
    </div>
  );
}
