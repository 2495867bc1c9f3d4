import { Button } from "@mantine/core";
import { KeyHint } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import styles from "./queue.module.css";

interface Props {
  count: number;
  onJudge: () => void;
  onStart: () => void;
  onAssign: () => void;
  onReopen: () => void;
  onIncident: () => void;
  onClear: () => void;
}

/** What can be done with the chosen alerts. */
export function BulkBar({ count, onJudge, onStart, onAssign, onReopen, onIncident, onClear }: Props) {
  const mayWrite = useCan("alerts.write");
  const mayIncident = useCan("incidents.write");
  return (
    <div className={styles.bulk} role="toolbar" aria-label={t("alerts.bulk.label")}>
      <span className={styles.bulkCount}>{t("alerts.bulk.count", { count })}</span>
      {mayWrite && (
        <>
          <Button onClick={onJudge} rightSection={<KeyHint keys="e" />}>
            {t("alerts.action.judge")}
          </Button>
          <Button variant="default" onClick={onStart}>
            {t("alerts.action.start")}
          </Button>
          <Button variant="default" onClick={onAssign} rightSection={<KeyHint keys="a" />}>
            {t("alerts.action.assign")}
          </Button>
          <Button variant="default" onClick={onReopen}>
            {t("alerts.action.reopen")}
          </Button>
        </>
      )}
      {mayIncident && (
        <Button variant="default" onClick={onIncident} rightSection={<KeyHint keys="i" />}>
          {t("alerts.action.incident")}
        </Button>
      )}
      <Button variant="subtle" color="gray" onClick={onClear} className={styles.spread}>
        {t("common.action.clear")}
      </Button>
    </div>
  );
}
