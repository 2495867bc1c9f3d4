import { Button, NumberInput, Switch, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, unwrap, type Schema } from "@/api-client";
import { ErrorState, explain, LoadingState, Page, TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { useList, useReload } from "../api/resources";
import { textIn } from "../api/values";
import styles from "./admin.module.css";

type Setting = Schema<"Setting">;
type SettingValue = Setting["value"];

function Editor({ setting, value, disabled, onChange }: { setting: Setting; value: SettingValue; disabled: boolean; onChange: (value: SettingValue) => void }) {
  const label = setting.summary;
  if (setting.type === "boolean") {
    return <Switch aria-label={label} label={t("admin.settings.on")} disabled={disabled} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
  }
  if (setting.type === "integer") {
    return (
      <NumberInput
        size="xs"
        style={{ flex: 1 }}
        aria-label={label}
        disabled={disabled}
        value={Number(value)}
        {...(typeof setting.minimum === "number" ? { min: setting.minimum } : {})}
        {...(typeof setting.maximum === "number" ? { max: setting.maximum } : {})}
        onChange={(next) => onChange(Number(next))}
      />
    );
  }
  return <TextInput style={{ flex: 1 }} aria-label={label} disabled={disabled} value={textIn(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
}

function SettingRow({ setting, mayWrite }: { setting: Setting; mayWrite: boolean }) {
  const [value, setValue] = useState<SettingValue>(setting.value);
  const reload = useReload(["settings"]);
  const save = useMutation({
    mutationFn: (next: SettingValue) =>
      unwrap(api.PUT("/settings/{name}", { params: { path: { name: setting.name }, header: ifMatch(setting.version) }, body: { value: next } })),
    onSuccess: async () => {
      toast.success(t("admin.settings.changed", { name: setting.name }));
      await reload();
    },
    onError: (error) => toast.error(explain(error)),
  });
  return (
    <div className={styles.setting}>
      <div>
        <div>{setting.summary}</div>
        <div className={styles.muted} style={{ fontSize: 12 }}>
          <code>{setting.name}</code> · {t("admin.settings.default", { value: String(setting.default) || "–" })}
          {setting.changed_by && (
            <>
              {" "}
              · {t("admin.settings.by", { name: setting.changed_by })} <TimeAgo time={setting.changed} />
            </>
          )}
        </div>
      </div>
      <form
        style={{ display: "flex", gap: 8, alignItems: "center" }}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(value);
        }}
      >
        <Editor setting={setting} value={value} disabled={!mayWrite} onChange={setValue} />
        {mayWrite && value !== setting.value && (
          <Button type="submit" loading={save.isPending}>
            {t("common.action.save")}
          </Button>
        )}
      </form>
    </div>
  );
}

export function SettingsSection() {
  const query = useList(["settings"], async () => (await unwrap(api.GET("/settings"))).items);
  const mayWrite = useCan("settings.write");
  return (
    <Page title={t("admin.section.settings")}>
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {!query.data && !query.error && <LoadingState />}
      {query.data?.map((setting) => <SettingRow key={`${setting.name} ${setting.version}`} setting={setting} mayWrite={mayWrite} />)}
      {query.data && <p className={styles.muted}>{t("admin.settings.restart")}</p>}
    </Page>
  );
}

export function ConfigurationSection() {
  const query = useList(["configuration"], async () => [await unwrap(api.GET("/settings/configuration"))]);
  const yaml = query.data?.[0]?.yaml;
  return (
    <Page title={t("admin.section.configuration")}>
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {!query.data && !query.error && <LoadingState />}
      {yaml !== undefined && (
        <>
          <p className={styles.muted} style={{ marginTop: 0 }}>
            {t("admin.configuration.hint")}
          </p>
          <pre className={styles.yaml} aria-label={t("admin.configuration.label")} tabIndex={0}>
            {yaml}
          </pre>
        </>
      )}
    </Page>
  );
}
