import { useState } from "react";
import { api, unwrap, type Schema } from "@/api-client";
import { TimeAgo, type Column } from "@/components";
import { t } from "@/lib/messages";
import { useCan, useSession } from "@/lib/session";
import { useList, usePermissions, useReload } from "../api/resources";
import { textIn } from "../api/values";
import { ResourceSection } from "./resource-section";
import { SecretDialog } from "./secret-dialog";
import styles from "./admin.module.css";

type Key = Schema<"ApiKey">;

const day = 86_400_000;
const lives = [7, 30, 90, 365] as const;

const columns: readonly Column<Key>[] = [
  { id: "name", header: t("admin.column.name"), width: 180, fixed: true, value: (key) => key.name, cell: (key) => <b>{key.name}</b> },
  { id: "owner", header: t("admin.keys.owner"), width: 120, value: (key) => key.owner_name, cell: (key) => key.owner_name },
  { id: "prefix", header: t("admin.keys.prefix"), width: 130, cell: (key) => <code>{key.prefix}</code> },
  { id: "permissions", header: t("admin.keys.permissions"), width: 150, grow: true, cell: (key) => <span className={styles.clip} title={key.permissions.join(", ")}>{key.permissions.join(", ")}</span> },
  { id: "addresses", header: t("admin.keys.addresses"), width: 110, cell: (key) => key.addresses.join(", ") || <span className={styles.muted}>{t("admin.keys.addresses.any")}</span> },
  { id: "created", header: t("admin.keys.created"), width: 100, value: (key) => key.created, cell: (key) => <TimeAgo time={key.created} /> },
  { id: "used", header: t("admin.keys.used"), width: 100, value: (key) => key.last_used, cell: (key) => <TimeAgo time={key.last_used} /> },
  { id: "expires", header: t("admin.keys.expires"), width: 100, value: (key) => key.expires, cell: (key) => <TimeAgo time={key.expires} /> },
];

export function KeysSection() {
  const [made, setMade] = useState<Schema<"MadeKey">>();
  const all = useCan("users.read");
  const permissions = usePermissions();
  const own = useSession()?.permissions ?? [];
  const options = (permissions.data ?? [])
    .filter(({ name }) => own.includes(name))
    .map(({ name, summary }) => ({ value: name, label: name, hint: summary }));
  return (
    <>
      <ResourceSection<Key>
        id="keys"
        size={820}
        title={t("admin.section.keys")}
        newTitle={t("admin.keys.new")}
        editTitle={t("admin.section.keys")}
        empty={t("admin.keys.empty")}
        emptyHint={t("admin.keys.empty.hint")}
        columns={columns}
        query={useList(["keys"], async () => (await unwrap(api.GET("/keys", { params: { query: all ? { all } : {} } }))).items)}
        rowId={(key) => key.id}
        nameOf={(key) => key.name}
        reload={useReload(["keys"])}
        mayWrite={useCan("keys.own")}
        fields={(key) => [
          { name: "name", label: t("admin.column.name"), kind: "text", required: true, disabled: key !== undefined },
          { name: "permissions", label: t("admin.keys.permissions"), kind: "checks", options, required: true, disabled: key !== undefined },
          { name: "addresses", label: t("admin.keys.addresses"), kind: "tags", hint: t("admin.keys.addresses.hint"), disabled: key !== undefined },
          ...(key
            ? []
            : [{ name: "days", label: t("admin.keys.expires"), kind: "select" as const, options: lives.map((count) => ({ value: String(count), label: t("admin.keys.days", { count }) })) }]),
        ]}
        valuesOf={(key) => ({ name: "", permissions: [], addresses: [], days: "90", ...key })}
        create={async (values) => {
          const expires = new Date(Date.now() + Number(values.days) * day - 60_000).toISOString();
          const body = {
            name: textIn(values.name).trim(),
            permissions: values.permissions as Schema<"NewKey">["permissions"],
            addresses: values.addresses as string[],
            expires,
          };
          setMade(await unwrap(api.POST("/keys", { body })));
        }}
        remove={(key) => unwrap(api.DELETE("/keys/{id}", { params: { path: { id: key.id } } }))}
        deleteHint={t("admin.keys.delete.hint")}
      />
      {made && (
        <SecretDialog title={t("admin.keys.made", { name: made.key.name })} secret={made.token} onClose={() => setMade(undefined)} />
      )}
    </>
  );
}
