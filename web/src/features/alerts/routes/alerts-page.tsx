import { EmptyState, Page } from "@/components";
import { t } from "@/lib/messages";

export function AlertsPage() {
  return (
    <Page title={t("alerts.title")}>
      <EmptyState title={t("common.empty")} />
    </Page>
  );
}
