import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api-client";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";
import type { Delivery } from "../api/notify";
import { useReload } from "../api/resources";
import { StateLabel } from "./state-label";

type State = Delivery["state"];

const colors: Record<State, string> = {
  waiting: "var(--v-muted)",
  sending: "var(--v-accent)",
  sent: "var(--v-good)",
  failed: "var(--v-bad)",
};

export function useRetry() {
  const reload = useReload(["notify", "deliveries"]);
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST("/notifications/deliveries/{id}/retry", { params: { path: { id } } })),
    onSuccess: async () => {
      toast.success(t("notifications.deliveries.retried"));
      await reload();
    },
    onError: (error) => toast.error(explain(error)),
  });
}

/** A message that is between two attempts is "sending" to the node; to a person it is being tried again. */
export function DeliveryState({ delivery: { state, error } }: { delivery: Delivery }) {
  if (state === "sending" && error) return <StateLabel color="var(--v-warn)">{t("notifications.deliveries.state.again")}</StateLabel>;
  return <StateLabel color={colors[state]}>{t(`notifications.deliveries.state.${state}`)}</StateLabel>;
}
