import { Alert as Notice, Button, Group, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, idempotent, unwrap, type Schema } from "@/api-client";
import { explain, levels, severityName, severityRank, type Level } from "@/components";
import { t } from "@/lib/messages";
import { useSession } from "@/lib/session";
import { toast } from "@/lib/toast";
import type { AlertItem } from "../api/types";

const most = 200;

/** An incident made of alerts by hand. */
export function IncidentDialog({ alerts, onClose }: { alerts: readonly AlertItem[]; onClose: () => void }) {
  const session = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const highest = [...alerts].sort((a, b) => severityRank(b.level) - severityRank(a.level))[0];
  const [title, setTitle] = useState(highest?.rule.title ?? "");
  const [severity, setSeverity] = useState<Level>(highest?.level ?? "medium");
  const [summary, setSummary] = useState("");
  const make = useMutation({
    mutationFn: (body: Schema<"NewIncident">) => unwrap(api.POST("/incidents", { params: { header: idempotent() }, body })),
    onSuccess: (incident) => {
      void queries.invalidateQueries({ queryKey: ["incidents"] });
      void queries.invalidateQueries({ queryKey: ["alerts", "incident"] });
      toast.success(t("alerts.incident.done"));
      onClose();
      void navigate({ to: "/incidents/$id", params: { id: incident.id } as never });
    },
  });
  return (
    <Modal opened onClose={onClose} title={t("alerts.incident.title", { count: alerts.length })} closeButtonProps={{ "aria-label": t("common.action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate({
            alerts: alerts.slice(0, most).map((alert) => alert.id),
            title: title.trim(),
            severity,
            ...(summary.trim() ? { summary: summary.trim() } : {}),
            ...(session?.user ? { owner: session.user.name } : {}),
          });
        }}
      >
        <TextInput label={t("alerts.incident.name")} required maxLength={300} data-autofocus value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
        <Select
          mt="sm"
          label={t("alerts.incident.severity")}
          allowDeselect={false}
          data={levels.map((value) => ({ value, label: severityName(value) }))}
          value={severity}
          onChange={(value) => setSeverity(value ?? "medium")}
        />
        <Textarea mt="sm" label={t("alerts.incident.summary")} autosize minRows={3} maxLength={50_000} value={summary} onChange={(event) => setSummary(event.currentTarget.value)} />
        {alerts.length > most && (
          <Notice mt="sm" color="yellow">
            {t("alerts.incident.most", { most })}
          </Notice>
        )}
        {make.error && (
          <Notice mt="sm" color="red" role="alert">
            {explain(make.error)}
          </Notice>
        )}
        <Group justify="flex-end" gap="xs" mt="md">
          <Button variant="default" onClick={onClose}>
            {t("common.action.cancel")}
          </Button>
          <Button type="submit" loading={make.isPending} disabled={!title.trim()}>
            {t("alerts.incident.submit")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
