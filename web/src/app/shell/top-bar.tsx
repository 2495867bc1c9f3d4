import { ActionIcon, UnstyledButton } from "@mantine/core";
import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { KeyHint } from "@/components";
import { paletteOpen } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { RangePicker } from "./range-picker";
import { RefreshControl } from "./refresh-control";
import styles from "./top-bar.module.css";
import { UserMenu } from "./user-menu";

export function TopBar({ onMenu }: { onMenu: () => void }) {
  return (
    <header className={styles.bar}>
      <ActionIcon className={styles.menu} aria-label={t("shell.nav.menu")} onClick={onMenu}>
        <IconMenu2 size={18} stroke={1.7} />
      </ActionIcon>
      <UnstyledButton className={styles.palette} onClick={() => paletteOpen.set(true)} aria-label={t("shell.palette.open")}>
        <IconSearch size={14} stroke={1.8} aria-hidden />
        <span className={styles.paletteText}>{t("shell.palette.open")}</span>
        <KeyHint keys="mod+k" />
      </UnstyledButton>
      <div className={styles.right}>
        <RangePicker />
        <RefreshControl />
        <UserMenu />
      </div>
    </header>
  );
}
