import { EmptyState, Page } from "@/components";
import { t } from "@/lib/messages";

export function SourcesPage() {
  return (
    <Page title={t("sources.title")}>
      <EmptyState title={t("common.empty")} />
    </Page>
  );
}
