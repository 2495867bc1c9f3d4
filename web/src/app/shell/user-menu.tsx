import { ActionIcon, Menu } from "@mantine/core";
import { IconKeyboard, IconLogout, IconMoon, IconSun, IconContrast, IconDeviceDesktop, IconUser } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { usePreferences, type Theme } from "@/lib/preferences";
import { signOut, useSession } from "@/lib/session";
import { toast } from "@/lib/toast";
import { setTheme } from "../theme/theme";
import { helpOpen } from "./help-sheet";

export const themeChoices = [
  { theme: "dark", icon: IconMoon },
  { theme: "light", icon: IconSun },
  { theme: "contrast", icon: IconContrast },
  { theme: "system", icon: IconDeviceDesktop },
] as const satisfies readonly { theme: Theme; icon: unknown }[];

export function useSignOut(): () => void {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return () => {
    signOut()
      .then(() => queries.clear())
      .then(() => navigate({ to: "/sign-in" }))
      .catch((error: unknown) => toast.error(explain(error)));
  };
}

export function UserMenu() {
  const session = useSession();
  const { theme: current } = usePreferences();
  const navigate = useNavigate();
  const leave = useSignOut();
  const name = session?.user?.display_name || session?.user?.name || "";
  return (
    <Menu position="bottom-end" width={210}>
      <Menu.Target>
        <ActionIcon variant="light" color="accent" radius="xl" aria-label={t("shell.user.menu", { name })} title={name}>
          <span style={{ fontSize: 12, fontWeight: 600 }}>{(name[0] ?? "?").toUpperCase()}</span>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name}</Menu.Label>
        <Menu.Item leftSection={<IconUser size={14} />} onClick={() => void navigate({ to: "/account" })}>
          {t("shell.user.account")}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={14} />} onClick={() => helpOpen.set(true)}>
          {t("shell.shortcuts.open")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("shell.theme.label")}</Menu.Label>
        <Menu.RadioGroup value={current} onChange={(theme) => setTheme(theme as Theme)}>
          {themeChoices.map(({ theme }) => (
            <Menu.RadioItem key={theme} value={theme}>
              {t(`shell.theme.${theme}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={14} />} onClick={leave}>
          {t("shell.user.signout")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
