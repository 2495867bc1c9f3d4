import { EmptyState, Page } from "@/components";
import { t } from "@/lib/messages";

export function EntitiesPage() {
  return (
    <Page title={t("entities.title")}>
      <EmptyState title={t("common.empty")} />
    </Page>
  );
}
