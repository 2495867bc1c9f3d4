import { Badge, CloseButton, SegmentedControl, Select } from "@mantine/core";
import { t } from "@/lib/messages";
import { formatCompact } from "@/lib/numbers";
import type { Schema } from "@/api-client";
import { groupings, statuses, verdicts, type AlertStatus, type QueueSearch } from "../api/types";
import { statusName, verdictName } from "./labels";

export const openStatuses: AlertStatus[] = ["new", "in_progress"];

type View = AlertStatus | "open" | "all";

const views: Record<View, AlertStatus[] | undefined> = {
  open: undefined,
  new: ["new"],
  in_progress: ["in_progress"],
  closed: ["closed"],
  all: [...statuses],
};

const viewNames = Object.keys(views) as View[];

const viewOf = (status: AlertStatus[] | undefined): View =>
  viewNames.find((view) => views[view]?.join() === status?.join()) ?? "all";

interface Props {
  search: QueueSearch;
  counts: Schema<"AlertSummary"> | undefined;
  self: string | undefined;
  names: ReadonlyMap<string, string>;
  ruleTitle: string | undefined;
  onChange: (change: Partial<QueueSearch>) => void;
}

/** What of the alerts is shown, and how they are grouped. */
export function QueueToolbar({ search, counts, self, names, ruleTitle, onChange }: Props) {
  const label = (view: View): string => {
    const name = view === "open" || view === "all" ? t(`alerts.view.${view}`) : statusName(view);
    const wanted = view === "open" ? openStatuses : (views[view] ?? []);
    const count = wanted.reduce((sum, status) => sum + (counts?.statuses[status] ?? 0), 0);
    return counts ? `${name} ${formatCompact(count)}` : name;
  };
  const filters = (["rule", "host", "user"] as const).filter((name) => search[name] !== undefined);
  return (
    <>
      <SegmentedControl
        aria-label={t("alerts.filter.status")}
        value={viewOf(search.status)}
        onChange={(view) => onChange({ status: views[view] })}
        data={viewNames.map((value) => ({ value, label: label(value) }))}
      />
      <Select
        aria-label={t("alerts.filter.verdict")}
        placeholder={t("alerts.filter.verdict")}
        clearable
        w={140}
        data={verdicts.map((value) => ({ value, label: verdictName(value) }))}
        value={search.verdict ?? null}
        onChange={(value) => onChange({ verdict: (value) ?? undefined })}
      />
      <Select
        aria-label={t("alerts.filter.assignee")}
        placeholder={t("alerts.filter.assignee")}
        clearable
        searchable
        w={140}
        data={[...names].map(([value, name]) => ({ value, label: value === self ? t("alerts.filter.me", { name }) : name }))}
        value={search.assignee ?? null}
        onChange={(value) => onChange({ assignee: value ?? undefined })}
      />
      {filters.map((name) => (
        <Badge
          key={name}
          variant="light"
          size="lg"
          maw={280}
          rightSection={<CloseButton size={16} aria-label={t("alerts.filter.remove", { name })} onClick={() => onChange({ [name]: undefined })} />}
        >
          {name}: {name === "rule" ? (ruleTitle ?? search.rule) : search[name]}
        </Badge>
      ))}
      <span style={{ marginLeft: "auto", color: "var(--v-muted)" }} id="alerts-grouping">
        {t("alerts.group.by")}
      </span>
      <SegmentedControl
        aria-labelledby="alerts-grouping"
        value={search.group ?? "none"}
        onChange={(group) => onChange({ group: group === "none" ? undefined : group })}
        data={groupings.map((value) => ({ value, label: t(`alerts.group.${value}`) }))}
      />
    </>
  );
}
