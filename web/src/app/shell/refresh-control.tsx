import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useIsFetching } from "@tanstack/react-query";
import { t } from "@/lib/messages";
import { spellInterval, useTimeRange } from "@/lib/time";
import { useRefresh } from "@/lib/refresh";
import styles from "./refresh-control.module.css";

const intervals = ["5s", "10s", "30s", "1m", "5m", "15m"] as const;

/** Refresh now, or each so often. */
export function RefreshControl() {
  const { refresh, setRefresh } = useTimeRange();
  const refreshNow = useRefresh();
  const busy = useIsFetching() > 0;
  return (
    <div className={styles.group} role="group" aria-label={t("shell.refresh.label")}>
      <ActionIcon aria-label={t("shell.refresh.now")} title={t("shell.refresh.now")} onClick={refreshNow} className={styles.now}>
        <IconRefresh size={15} stroke={1.8} className={busy ? styles.busy : undefined} />
      </ActionIcon>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="subtle" color="gray" px={6} aria-label={t("shell.refresh.label")}>
            {refresh ?? t("shell.refresh.off")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("shell.refresh.label")}</Menu.Label>
          <Menu.Item onClick={() => setRefresh(undefined)}>{t("shell.refresh.off")}</Menu.Item>
          {intervals.map((interval) => (
            <Menu.Item key={interval} onClick={() => setRefresh(interval)}>
              {t("shell.refresh.every", { span: spellInterval(interval) })}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
