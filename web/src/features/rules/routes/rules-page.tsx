import { EmptyState, Page } from "@/components";
import { t } from "@/lib/messages";

export function RulesPage() {
  return (
    <Page title={t("rules.title")}>
      <EmptyState title={t("common.empty")} />
    </Page>
  );
}
