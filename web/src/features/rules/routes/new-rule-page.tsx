import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { ErrorState, LoadingState, Page } from "@/components";
import { t } from "@/lib/messages";
import { useSession } from "@/lib/session";
import { copiedText, newRuleText } from "../api/rule-text";
import { useRule } from "../api/rules";
import { Workbench } from "../components/workbench";

export function NewRulePage() {
  const search: { copy?: string } = useSearch({ strict: false });
  const original = useRule(search.copy);
  const author = useSession()?.user?.name ?? "";
  const [id] = useState(() => crypto.randomUUID());
  if (search.copy !== undefined && !original.data) {
    return <Page title={t("rules.rule.new")}>{original.error ? <ErrorState error={original.error} /> : <LoadingState />}</Page>;
  }
  const today = new Date().toISOString().slice(0, 10);
  const text = original.data?.yaml ? copiedText(original.data.yaml, id) : newRuleText(id, author, today);
  return <Workbench key={search.copy ?? "new"} rule={undefined} text={text} />;
}
