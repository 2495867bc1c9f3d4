import { Button, Tooltip } from "@mantine/core";
import { IconDeviceTv } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Page } from "@/components";
import { useCommands } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { Dashboard } from "../components/dashboard";
import { WallScreen } from "../components/wall-screen";

export function OverviewPage() {
  const { wall = false } = useSearch({ strict: false });
  const navigate = useNavigate();
  const show = (on: boolean) =>
    void navigate({ to: "/", search: (old) => ({ ...old, wall: on || undefined }) });
  useCommands([{ id: "wall", label: t("overview.wall"), group: t("shell.palette.group.actions"), run: () => show(true) }]);
  if (wall) return <WallScreen onLeave={() => show(false)} />;
  return (
    <Page
      title={t("overview.title")}
      actions={
        <Tooltip label={t("overview.wall.hint")}>
          <Button variant="default" size="compact-xs" leftSection={<IconDeviceTv size={14} />} onClick={() => show(true)}>
            {t("overview.wall")}
          </Button>
        </Tooltip>
      }
    >
      <Dashboard />
    </Page>
  );
}
