import { useNavigate, useSearch } from "@tanstack/react-router";
import { Page, PageTabs } from "@/components";
import { t } from "@/lib/messages";
import { useSession } from "@/lib/session";
import { AddSource } from "../components/add-source";
import { DeadLetters } from "../components/dead-letters";
import { Health } from "../components/health";
import { SourceFilters, SourceList } from "../components/source-list";
import { Storage } from "../components/storage";
import { TypeConflicts } from "../components/type-conflicts";
import { useSources } from "../api/sources";

const tabs = [
  { id: "sources", permission: "sources.read", content: SourceList },
  { id: "failures", permission: "dead_letters.read", content: DeadLetters },
  { id: "conflicts", permission: "events.read", content: TypeConflicts },
  { id: "storage", permission: "system.read", content: Storage },
  { id: "health", permission: "system.read", content: Health },
  { id: "add", permission: "sources.read", content: AddSource },
] as const;

function Meta() {
  const { data } = useSources();
  if (!data) return null;
  const silent = data.filter((source) => source.silent).length;
  return (
    <>
      {t("sources.count", { count: data.length })}
      {silent > 0 && ` · ${t("sources.count.silent", { count: silent })}`}
    </>
  );
}

/** Where events come from, and how that goes. */
export function SourcesPage() {
  const search: { tab?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const permissions = useSession()?.permissions ?? [];
  const shown = tabs.filter((tab) => permissions.includes(tab.permission));
  const tab = shown.find((one) => one.id === search.tab) ?? shown[0];
  const Content = tab?.content;
  return (
    <Page
      title={t("sources.title")}
      meta={<Meta />}
      toolbar={
        <>
          <PageTabs
            label={t("sources.tabs")}
            tabs={shown.map(({ id }) => ({ id, label: t(`sources.tab.${id}`) }))}
            value={tab?.id}
            onChange={(next) => void navigate({ to: "/sources", search: (old) => ({ ...old, tab: next }) })}
          />
          {tab?.id === "sources" && <SourceFilters />}
        </>
      }
      flush
    >
      {Content && <Content />}
    </Page>
  );
}
