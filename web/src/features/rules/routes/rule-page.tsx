import { Button } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { ApiProblem } from "@/api-client";
import { EmptyState, ErrorState, LoadingState, Page } from "@/components";
import { t } from "@/lib/messages";
import { useRule } from "../api/rules";
import { Workbench } from "../components/workbench";

export function RulePage() {
  const { id = "" } = useParams({ strict: false });
  const query = useRule(id);
  const [loads, setLoads] = useState(0);
  if (query.data) {
    const reload = () => void query.refetch().then(() => setLoads((count) => count + 1));
    return <Workbench key={`${id} ${loads}`} rule={query.data} text={query.data.yaml ?? ""} onReload={reload} />;
  }
  if (query.error instanceof ApiProblem && query.error.status === 404) {
    return (
      <Page title={t("rules.title")}>
        <EmptyState
          title={t("rules.rule.gone")}
          hint={t("rules.rule.gone.hint")}
          action={
            <Button component={Link} to="/rules" variant="default">
              {t("rules.rule.back")}
            </Button>
          }
        />
      </Page>
    );
  }
  return <Page title={t("rules.title")}>{query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : <LoadingState />}</Page>;
}
