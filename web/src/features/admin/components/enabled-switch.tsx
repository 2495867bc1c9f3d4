import { Switch } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";

interface Props {
  name: string;
  enabled: boolean;
  disabled: boolean;
  onChange: (enabled: boolean) => Promise<unknown>;
}

/** Switches a thing on and off in its row. */
export function EnabledSwitch({ name, enabled, disabled, onChange }: Props) {
  const change = useMutation({
    mutationFn: onChange,
    onSuccess: (_, on) => toast.success(on ? t("notifications.switched.on", { name }) : t("notifications.switched.off", { name })),
    onError: (error) => toast.error(explain(error)),
  });
  return (
    <Switch
      size="xs"
      aria-label={t("notifications.enabled.of", { name })}
      disabled={disabled || change.isPending}
      checked={change.isPending ? change.variables : enabled}
      onChange={(event) => change.mutate(event.currentTarget.checked)}
    />
  );
}
