import { severityColor, TimeAgo, type Level } from "@/components";
import { t } from "@/lib/messages";
import { formatCompact } from "@/lib/numbers";
import { useTimeRange } from "@/lib/time";
import { BarList } from "@/viz/bar-list";
import { useAlertGroups, useAlertVolume, useEntities, useSources } from "../api/queries";
import { Go } from "./go";
import { Answer, Panel, Quiet } from "./panel";

const levelOfRisk = (risk: number): Level =>
  risk >= 80 ? "critical" : risk >= 60 ? "high" : risk >= 35 ? "medium" : risk >= 10 ? "low" : "informational";

export function EntitiesPanel({ kind, limit = 6, className }: { kind: "user" | "host"; limit?: number; className?: string | undefined }) {
  const query = useEntities(kind, limit);
  const title = kind === "user" ? t("overview.users") : t("overview.hosts");
  const none = <Quiet title={t("overview.entities.none")} hint={t("overview.entities.none.hint")} />;
  const unavailable = <Quiet title={t("overview.entities.none")} hint={t("overview.entities.unavailable")} />;
  return (
    <Panel title={title} more={<Go to="/entities">{t("overview.entities.all")}</Go>} className={className}>
      <Answer query={query} denied={unavailable}>
        {(page) => {
          if (page === null) return unavailable;
          if (page.items.length === 0) return none;
          return (
            <BarList
              label={title}
              highest={100}
              items={page.items.map((entity) => ({
                id: entity.id,
                label: (
                  <Go to="/entities/$kind/$value" params={{ kind, value: entity.value }}>
                    {entity.value}
                  </Go>
                ),
                note: t("overview.entities.alerts", { count: entity.alerts }),
                value: entity.risk,
                text: String(Math.round(entity.risk)),
                color: severityColor(levelOfRisk(entity.risk)),
              }))}
            />
          );
        }}
      </Answer>
    </Panel>
  );
}

export function SilentPanel({ className }: { className?: string | undefined }) {
  const query = useSources();
  const none = <Quiet title={t("overview.silent.none")} hint={t("overview.silent.none.hint")} />;
  return (
    <Panel title={t("overview.silent")} more={<Go to="/sources">{t("overview.sources.all")}</Go>} className={className}>
      <Answer query={query} denied={none}>
        {(sources) => {
          const silent = sources.filter((source) => source.silent).slice(0, 6);
          if (silent.length === 0) return none;
          return (
            <BarList
              label={t("overview.silent")}
              items={silent.map((source) => ({
                id: `${source.listener} ${source.source}`,
                label: (
                  <Go to="/sources/$listener/$source" params={{ listener: source.listener, source: source.source }}>
                    {source.source}
                  </Go>
                ),
                note: (
                  <>
                    {t("overview.silent.last")} <TimeAgo time={source.last_seen} />
                  </>
                ),
                value: 0,
                text: "",
                color: "var(--v-warn)",
              }))}
            />
          );
        }}
      </Answer>
    </Panel>
  );
}

export function RulesPanel({ className }: { className?: string | undefined }) {
  const { range } = useTimeRange();
  const query = useAlertVolume(range);
  const groups = useAlertGroups(range);
  const known = new Map(groups.data?.map((group) => [group.rule.id, group]));
  const none = <Quiet title={t("overview.rules.none")} hint={t("overview.volume.none.hint")} />;
  return (
    <Panel title={t("overview.rules")} more={<Go to="/rules">{t("overview.rules.all")}</Go>} className={className}>
      <Answer query={query} denied={none}>
        {({ summary }) =>
          summary.rules.length === 0 ? (
            none
          ) : (
            <BarList
              label={t("overview.rules")}
              items={summary.rules.slice(0, 6).map(({ rule, count }) => {
                const group = known.get(rule);
                return {
                  id: rule,
                  label: (
                    <Go to="/rules/$id" params={{ id: rule }}>
                      {group?.rule.title ?? rule}
                    </Go>
                  ),
                  value: count,
                  text: formatCompact(count),
                  ...(group ? { color: severityColor(group.level) } : {}),
                };
              })}
            />
          )
        }
      </Answer>
    </Panel>
  );
}
