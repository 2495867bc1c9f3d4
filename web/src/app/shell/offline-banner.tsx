import { Button } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { connection, tryAgainNow } from "@/api-client";
import { t } from "@/lib/messages";
import { useStore } from "@/lib/store";
import styles from "./offline-banner.module.css";

export function OfflineBanner() {
  if (useStore(connection) === "online") return null;
  return (
    <div className={styles.banner} role="alert">
      <IconPlugConnectedX size={16} aria-hidden />
      <strong>{t("shell.offline.title")}</strong>
      <span>{t("shell.offline.hint")}</span>
      <Button size="compact-xs" variant="default" onClick={tryAgainNow}>
        {t("shell.offline.retry")}
      </Button>
    </div>
  );
}
