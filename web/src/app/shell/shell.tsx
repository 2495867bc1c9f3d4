import { Outlet, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useCommands, useShortcutListener, useShortcuts, paletteOpen } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useAutomaticRefresh, useRefresh } from "@/lib/refresh";
import { useSession } from "@/lib/session";
import { setTheme } from "../theme/theme";
import { HelpSheet, helpOpen } from "./help-sheet";
import { navigationFor } from "./navigation";
import { OfflineBanner } from "./offline-banner";
import { Palette } from "./palette";
import { Rail } from "./rail";
import styles from "./shell.module.css";
import { TopBar } from "./top-bar";
import { themeChoices, useSignOut } from "./user-menu";

/** Everything around a page, for those who are signed in. */
export function Shell() {
  const [menu, setMenu] = useState(false);
  useShortcutListener();
  useAutomaticRefresh();
  useShellKeys();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t("shell.skip")}
      </a>
      <Rail open={menu} onNavigate={() => setMenu(false)} />
      {menu && <div className={styles.veil} onClick={() => setMenu(false)} aria-hidden="true" />}
      <div className={styles.main}>
        <TopBar onMenu={() => setMenu((open) => !open)} />
        <OfflineBanner />
        <main id="content" tabIndex={-1} className={styles.content}>
          <Outlet />
        </main>
      </div>
      <Palette />
      <HelpSheet />
    </div>
  );
}

function useShellKeys(): void {
  const items = navigationFor(useSession());
  const navigate = useNavigate();
  const refresh = useRefresh();
  const leave = useSignOut();
  const everywhere = t("shell.shortcuts.group.everywhere");
  const table = t("shell.shortcuts.group.table");
  useShortcuts([
    { keys: "mod+k", label: t("shell.palette.open"), group: everywhere, whileTyping: true, run: () => paletteOpen.set(true) },
    { keys: "?", label: t("shell.shortcuts.title"), group: everywhere, run: () => helpOpen.set(true) },
    { keys: "shift+r", label: t("shell.shortcuts.refresh"), group: everywhere, run: refresh },
    { keys: "escape", label: t("shell.shortcuts.close"), group: everywhere },
    ...items.map((item) => ({
      keys: `g ${item.key}`,
      label: t(item.label),
      group: t("shell.shortcuts.group.go"),
      run: () => void navigate({ to: item.to }),
    })),
    { keys: "j", label: t("shell.shortcuts.row.next"), group: table },
    { keys: "k", label: t("shell.shortcuts.row.previous"), group: table },
    { keys: "enter", label: t("shell.shortcuts.row.open"), group: table },
    { keys: "x", label: t("shell.shortcuts.row.select"), group: table },
  ]);
  useCommands([
    ...items.map(({ to, label, icon: Icon, key }) => ({
      id: `go:${to}`,
      label: t(label),
      group: t("shell.palette.group.go"),
      keys: `g ${key}`,
      icon: <Icon size={15} stroke={1.7} />,
      run: () => void navigate({ to }),
    })),
    {
      id: "go:/account",
      label: t("shell.user.account"),
      group: t("shell.palette.group.go"),
      run: () => void navigate({ to: "/account" }),
    },
    { id: "refresh", label: t("shell.refresh.now"), group: t("shell.palette.group.actions"), keys: "shift+r", run: refresh },
    { id: "help", label: t("shell.shortcuts.title"), group: t("shell.palette.group.actions"), keys: "?", run: () => helpOpen.set(true) },
    { id: "sign-out", label: t("shell.user.signout"), group: t("shell.palette.group.actions"), run: leave },
    ...themeChoices.map(({ theme, icon: Icon }) => ({
      id: `theme:${theme}`,
      label: t("shell.theme.use", { theme: t(`shell.theme.${theme}`) }),
      group: t("shell.palette.group.theme"),
      icon: <Icon size={15} />,
      run: () => setTheme(theme),
    })),
  ]);
}
