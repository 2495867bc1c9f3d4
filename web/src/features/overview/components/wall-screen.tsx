import { ActionIcon, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useEffect } from "react";
import { useShortcuts } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useRefresh } from "@/lib/refresh";
import { describeRange, formatTime, useNow, useTimeRange, useZone } from "@/lib/time";
import { Dashboard } from "./dashboard";
import styles from "./overview.module.css";

const refreshEvery = 15_000;

/** The overview alone, for a screen on a wall: larger, always fresh, with a clock. */
export function WallScreen({ onLeave }: { onLeave: () => void }) {
  const { range, refreshEvery: chosen } = useTimeRange();
  const zone = useZone();
  const now = useNow();
  const refresh = useRefresh();
  useShortcuts([{ keys: "escape", label: t("overview.wall.leave"), group: t("overview.title"), run: onLeave }]);
  useEffect(() => {
    if (chosen !== undefined) return;
    const timer = setInterval(refresh, refreshEvery);
    return () => clearInterval(timer);
  }, [chosen, refresh]);
  return (
    <div className={styles.wall}>
      <div className={styles.wallHead}>
        <h1>{t("overview.title")}</h1>
        <span className={styles.range}>{describeRange(range, zone)}</span>
        <time className={styles.clock}>{formatTime(new Date(now), zone, "minute")}</time>
        <Tooltip label={t("overview.wall.leave")}>
          <ActionIcon aria-label={t("overview.wall.leave")} onClick={onLeave}>
            <IconX size={18} />
          </ActionIcon>
        </Tooltip>
      </div>
      <Dashboard wall />
    </div>
  );
}
