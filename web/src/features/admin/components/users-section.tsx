import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api, idempotent, unwrap, type Schema } from "@/api-client";
import { DataTable, EmptyState, ErrorState, LoadingState, Page, TimeAgo, type Column } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { useReload, useRoles, useUsers } from "../api/resources";
import { textIn } from "../api/values";
import { FormDialog } from "./form-dialog";
import type { Values } from "./form-field";
import { SecretDialog } from "./secret-dialog";
import { UserDrawer } from "./user-drawer";
import styles from "./admin.module.css";

type User = Schema<"User">;

const state = (user: User) =>
  user.locked ? (
    <span className={styles.bad}>{t("admin.users.state.locked")}</span>
  ) : !user.has_password && !user.single_sign_on ? (
    <span className={styles.warn}>{t("admin.users.state.password")}</span>
  ) : (
    t("admin.users.state.active")
  );

const columnsOf = (roles: ReadonlyMap<string, string>): Column<User>[] => [
  { id: "name", header: t("admin.users.name"), width: 160, fixed: true, value: (user) => user.name, cell: (user) => <b>{user.name}</b> },
  { id: "display", header: t("admin.users.display"), width: 180, value: (user) => user.display_name, cell: (user) => user.display_name },
  { id: "email", header: t("admin.users.email"), width: 200, value: (user) => user.email, cell: (user) => user.email },
  {
    id: "roles",
    header: t("admin.users.roles"),
    width: 240,
    grow: true,
    value: (user) => user.roles.join(),
    cell: (user) => user.roles.map((id) => roles.get(id) ?? id).join(", ") || <span className={styles.muted}>{t("common.none")}</span>,
  },
  { id: "tenant", header: t("admin.users.tenant"), width: 110, hidden: true, value: (user) => user.tenant, cell: (user) => user.tenant },
  { id: "state", header: t("admin.users.state"), width: 150, value: (user) => Number(user.locked), cell: state },
  { id: "factor", header: t("admin.users.factor"), width: 116, value: (user) => Number(user.has_totp), cell: (user) => (user.has_totp ? t("admin.yes") : <span className={styles.muted}>{t("admin.no")}</span>) },
  { id: "last", header: t("admin.users.last"), width: 110, value: (user) => user.last_sign_in, cell: (user) => <TimeAgo time={user.last_sign_in} /> },
];

function NewUserDialog({ onClose, onToken }: { onClose: () => void; onToken: (name: string, token: string) => void }) {
  const roles = useRoles();
  const reload = useReload(["users"]);
  const create = async (values: Values) => {
    const password = textIn(values.password);
    const user = await unwrap(
      api.POST("/users", {
        params: { header: idempotent() },
        body: {
          name: textIn(values.name).trim(),
          display_name: textIn(values.display_name).trim(),
          email: textIn(values.email).trim(),
          roles: values.roles as string[],
          ...(password === "" ? {} : { password, must_change_password: values.must_change_password === true }),
        },
      }),
    );
    await reload();
    toast.success(t("admin.saved", { name: user.name }));
    if (password !== "") return;
    const { token } = await unwrap(api.POST("/users/{id}/reset", { params: { path: { id: user.id } } }));
    onToken(user.name, token);
  };
  return (
    <FormDialog
      title={t("admin.users.new")}
      initial={{ name: "", roles: [], must_change_password: true }}
      onSubmit={create}
      onClose={onClose}
      fields={[
        { name: "name", label: t("admin.users.name"), kind: "text", required: true },
        { name: "display_name", label: t("admin.users.display"), kind: "text" },
        { name: "email", label: t("admin.users.email"), kind: "text" },
        { name: "roles", label: t("admin.users.roles"), kind: "multi", options: (roles.data ?? []).map((role) => ({ value: role.id, label: role.name })) },
        { name: "password", label: t("admin.users.password"), kind: "password", hint: t("admin.users.password.hint") },
        { name: "must_change_password", label: t("admin.users.mustchange"), kind: "switch" },
      ]}
    />
  );
}

export function UsersSection() {
  const query = useUsers();
  const roles = useRoles();
  const [making, setMaking] = useState(false);
  const [open, setOpen] = useState<string>();
  const [token, setToken] = useState<{ name: string; token: string }>();
  const mayWrite = useCan("users.write");
  const names = new Map(roles.data?.map((role) => [role.id, role.name]));
  return (
    <Page
      title={t("admin.section.users")}
      meta={query.data?.length}
      actions={
        mayWrite && (
          <Button size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => setMaking(true)}>
            {t("admin.users.new")}
          </Button>
        )
      }
      flush
    >
      {query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <LoadingState />
      ) : (
        <DataTable
          id="admin.users"
          label={t("admin.section.users")}
          columns={columnsOf(names)}
          rows={query.data}
          rowId={(user) => user.id}
          onOpen={(user) => setOpen(user.id)}
          empty={<EmptyState title={t("admin.users.empty")} />}
        />
      )}
      {making && <NewUserDialog onClose={() => setMaking(false)} onToken={(name, secret) => setToken({ name, token: secret })} />}
      <UserDrawer
        user={query.data?.find((user) => user.id === open)}
        onClose={() => setOpen(undefined)}
        onToken={(name, secret) => setToken({ name, token: secret })}
      />
      {token && (
        <SecretDialog
          title={t("admin.users.reset.title", { name: token.name })}
          hint={t("admin.users.reset.hint", { name: token.name })}
          secret={token.token}
          onClose={() => setToken(undefined)}
        />
      )}
    </Page>
  );
}
