import { ActionIcon, Button, Menu } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconDots, IconFileDownload } from "@tabler/icons-react";
import { api, unwrap } from "@/api-client";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { useIncidentAction } from "../api/changes";
import { saveReport, type ReportFormat } from "../api/files";
import type { Incident } from "../api/types";

const formats: ReportFormat[] = ["html", "markdown", "stix"];

export function ReportMenu({ id }: { id: string }) {
  const mayExport = useCan("events.export");
  const save = useMutation({
    mutationFn: (format: ReportFormat) => saveReport(id, format),
    onSuccess: () => toast.success(t("incidents.report.saved")),
    onError: (error) => toast.error(t("incidents.report.failed"), explain(error)),
  });
  if (!mayExport) return null;
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<IconFileDownload size={14} />} loading={save.isPending}>
          {t("incidents.report")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map((format) => (
          <Menu.Item key={format} onClick={() => save.mutate(format)}>
            {t(`incidents.report.${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function MoreActions({ incident, onMerge, onPause }: { incident: Incident; onMerge: () => void; onPause: () => void }) {
  const resume = useIncidentAction(
    () => unwrap(api.POST("/incidents/{id}/resume", { params: { path: { id: incident.id } } })),
    t("incidents.resumed"),
  );
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon aria-label={t("common.action.more")} variant="default" size={30}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onMerge} disabled={incident.by_hand}>
          {t("incidents.action.merge")}
        </Menu.Item>
        {incident.paused ? (
          <Menu.Item onClick={() => resume.mutate(undefined)}>{t("incidents.action.resume")}</Menu.Item>
        ) : (
          <Menu.Item onClick={onPause}>{t("incidents.action.pause")}</Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
