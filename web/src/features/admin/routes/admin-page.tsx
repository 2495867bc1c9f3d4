import { EmptyState, Page } from "@/components";
import { t } from "@/lib/messages";

export function AdminPage() {
  return (
    <Page title={t("admin.title")}>
      <EmptyState title={t("common.empty")} />
    </Page>
  );
}
