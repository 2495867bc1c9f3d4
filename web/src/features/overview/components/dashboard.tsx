import { useTimeRange } from "@/lib/time";
import { AttackPanel } from "./attack-panel";
import { Figures } from "./figures";
import { IncidentsPanel } from "./incidents-panel";
import { EntitiesPanel, RulesPanel, SilentPanel } from "./side-panels";
import { VolumePanel } from "./volume-panel";
import styles from "./overview.module.css";

/** What needs somebody now, on one page. */
export function Dashboard({ wall = false }: { wall?: boolean }) {
  const { range } = useTimeRange();
  return (
    <>
      <Figures range={range} />
      <div className={styles.grid}>
        <IncidentsPanel className={styles.half} limit={wall ? 6 : 5} />
        <VolumePanel className={styles.half} height={wall ? 260 : 210} />
        <AttackPanel className={styles.whole} />
        <EntitiesPanel kind="user" className={styles.quarter} />
        <EntitiesPanel kind="host" className={styles.quarter} />
        <RulesPanel className={styles.quarter} />
        <SilentPanel className={styles.quarter} />
      </div>
    </>
  );
}
