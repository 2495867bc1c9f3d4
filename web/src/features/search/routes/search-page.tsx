import { EmptyState, Page } from "@/components";
import { t } from "@/lib/messages";

export function SearchPage() {
  return (
    <Page title={t("search.title")}>
      <EmptyState title={t("common.empty")} />
    </Page>
  );
}
