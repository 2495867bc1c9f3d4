import { EmptyState, Page } from "@/components";
import { t } from "@/lib/messages";

export function OverviewPage() {
  return (
    <Page title={t("overview.title")}>
      <EmptyState title={t("common.empty")} />
    </Page>
  );
}
