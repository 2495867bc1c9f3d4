import { useNavigate } from "@tanstack/react-router";
import { levels as fromWorst, severityColor, severityRank } from "@/components";
import { t } from "@/lib/messages";
import { useTimeRange } from "@/lib/time";
import { AttackMatrix } from "@/viz/attack-matrix";
import { layOutAttack, type AttackCell } from "@/viz/attack-matrix-layout";
import { tacticName, techniqueName } from "@/viz/attack-matrix-names";
import { useAlertGroups } from "../api/queries";
import { Go } from "./go";
import { Answer, Panel, Quiet } from "./panel";

const levels = fromWorst.toReversed();
const colorOf = (cell: AttackCell): string => severityColor(levels[cell.rank - 1] ?? "informational");

export function AttackPanel({ className }: { className?: string | undefined }) {
  const { range } = useTimeRange();
  const query = useAlertGroups(range);
  const navigate = useNavigate();
  const none = <Quiet title={t("overview.attack.none")} hint={t("overview.attack.none.hint")} />;
  return (
    <Panel title={t("overview.attack")} more={<Go to="/rules/coverage">{t("overview.attack.coverage")}</Go>} className={className}>
      <Answer query={query} denied={none}>
        {(groups) => {
          const columns = layOutAttack(
            groups.map((group) => ({
              tactics: group.tactics,
              techniques: group.techniques,
              weight: group.count,
              rank: severityRank(group.level),
            })),
          );
          if (columns.length === 0) return none;
          return (
            <AttackMatrix
              label={t("overview.attack")}
              columns={columns}
              most={5}
              color={colorOf}
              none={t("overview.attack.empty")}
              describe={(cell, tactic) =>
                t("overview.attack.cell", {
                  technique: cell.technique,
                  name: techniqueName(cell.technique),
                  tactic: tacticName(tactic),
                  count: cell.weight,
                })
              }
              onSelect={(technique) => void navigate({ to: "/alerts", search: { technique } as never })}
            />
          );
        }}
      </Answer>
    </Panel>
  );
}
