import { EmptyState, Page } from "@/components";
import { t } from "@/lib/messages";

export function IncidentsPage() {
  return (
    <Page title={t("incidents.title")}>
      <EmptyState title={t("common.empty")} />
    </Page>
  );
}
