import { levels as fromWorst, severityColor, severityName } from "@/components";
import { t } from "@/lib/messages";
import { useTimeRange } from "@/lib/time";
import { AreaChart } from "@/viz/area-chart";
import { useAlertVolume } from "../api/queries";
import { Go } from "./go";
import { Answer, Panel, Quiet } from "./panel";

const levels = fromWorst.toReversed();

export function VolumePanel({ className, height }: { className?: string | undefined; height: number }) {
  const { range, setRange } = useTimeRange();
  const query = useAlertVolume(range);
  const none = <Quiet title={t("overview.volume.none")} hint={t("overview.volume.none.hint")} />;
  return (
    <Panel title={t("overview.volume")} more={<Go to="/alerts">{t("overview.volume.open")}</Go>} className={className}>
      <Answer query={query} denied={none}>
        {({ summary, volume }) =>
          summary.total === 0 ? (
            none
          ) : (
            <AreaChart
              height={height}
              summary={t("overview.volume.summary", {
                total: summary.total,
                critical: summary.levels.critical ?? 0,
                high: summary.levels.high ?? 0,
              })}
              data={{
                times: volume.times,
                interval: volume.interval,
                series: levels.map((level, index) => ({
                  name: severityName(level),
                  color: severityColor(level),
                  values: volume.counts[index] ?? [],
                })),
              }}
              onBrush={(from, to) => setRange({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })}
            />
          )
        }
      </Answer>
    </Panel>
  );
}
