import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, unwrap, type Schema } from "@/api-client";
import { ConfirmDialog, Drawer, explain, TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { useList, useReload, useRoles } from "../api/resources";
import { textIn } from "../api/values";
import { DeleteButton } from "./delete-button";
import { FormDialog } from "./form-dialog";
import styles from "./admin.module.css";

type User = Schema<"User">;

interface Props {
  user: User | undefined;
  onClose: () => void;
  onToken: (name: string, token: string) => void;
}

/** A user with what can be done about it. */
export function UserDrawer({ user, onClose, onToken }: Props) {
  return (
    <Drawer opened={user !== undefined} onClose={onClose} title={user?.name} width={520}>
      {user && <UserDetails key={user.id} user={user} onClose={onClose} onToken={onToken} />}
    </Drawer>
  );
}

function UserDetails({ user, onClose, onToken }: { user: User } & Omit<Props, "user">) {
  const roles = useRoles();
  const mayWrite = useCan("users.write");
  const names = new Map(roles.data?.map((role) => [role.id, role.name]));
  return (
    <>
      <dl className={styles.facts}>
        <dt>{t("admin.users.display")}</dt>
        <dd>{user.display_name || "–"}</dd>
        <dt>{t("admin.users.email")}</dt>
        <dd>{user.email || "–"}</dd>
        <dt>{t("admin.users.roles")}</dt>
        <dd>{user.roles.map((id) => names.get(id) ?? id).join(", ") || t("common.none")}</dd>
        <dt>{t("admin.users.state")}</dt>
        <dd>{user.locked ? t("admin.users.state.locked") : t("admin.users.state.active")}</dd>
        <dt>{t("admin.users.factor")}</dt>
        <dd>{user.has_totp ? t("admin.yes") : t("admin.no")}</dd>
        <dt>{t("admin.users.last")}</dt>
        <dd>
          <TimeAgo time={user.last_sign_in} />
        </dd>
      </dl>
      {mayWrite && <UserActions user={user} onClose={onClose} onToken={onToken} />}
      <UserSessions user={user} mayEnd={mayWrite} />
    </>
  );
}

function UserActions({ user, onClose, onToken }: { user: User } & Omit<Props, "user">) {
  const [editing, setEditing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const roles = useRoles();
  const reload = useReload(["users"]);
  const path = { id: user.id };
  const onError = (error: unknown) => toast.error(explain(error));
  const patch = (body: Schema<"UserChange">) =>
    unwrap(api.PATCH("/users/{id}", { params: { path, header: ifMatch(user.version) }, body }));
  const lock = useMutation({
    mutationFn: () => patch({ locked: !user.locked }),
    onSuccess: async (changed) => {
      toast.success(changed.locked ? t("admin.users.locked", { name: user.name }) : t("admin.users.unlocked", { name: user.name }));
      await reload();
    },
    onError,
  });
  const reset = useMutation({
    mutationFn: () => unwrap(api.POST("/users/{id}/reset", { params: { path } })),
    onSuccess: ({ token }) => onToken(user.name, token),
    onError,
  });
  const totp = useMutation({
    mutationFn: () => unwrap(api.DELETE("/users/{id}/totp", { params: { path } })),
    onSuccess: async () => {
      toast.success(t("admin.users.totp.done", { name: user.name }));
      await reload();
    },
    onError,
    onSettled: () => setRemoving(false),
  });
  return (
    <div style={{ display: "flex", flexWrap: "wrap", gap: 8 }}>
      <Button variant="default" onClick={() => setEditing(true)}>
        {t("admin.users.edit")}
      </Button>
      <Button variant="default" loading={lock.isPending} onClick={() => lock.mutate()}>
        {user.locked ? t("admin.users.unlock") : t("admin.users.lock")}
      </Button>
      <Button variant="default" loading={reset.isPending} onClick={() => reset.mutate()}>
        {t("admin.users.reset")}
      </Button>
      {user.has_totp && (
        <Button variant="default" onClick={() => setRemoving(true)}>
          {t("admin.users.totp")}
        </Button>
      )}
      <DeleteButton
        name={user.name}
        hint={t("admin.users.delete.hint")}
        onDelete={async () => {
          await unwrap(api.DELETE("/users/{id}", { params: { path, header: ifMatch(user.version) } }));
          await reload();
        }}
        onDone={onClose}
      />
      <ConfirmDialog
        opened={removing}
        title={t("admin.users.totp.title", { name: user.name })}
        confirm={t("admin.users.totp")}
        destructive
        busy={totp.isPending}
        onConfirm={() => totp.mutate()}
        onClose={() => setRemoving(false)}
      >
        {t("admin.users.totp.hint")}
      </ConfirmDialog>
      {editing && (
        <FormDialog
          title={t("admin.users.edit")}
          initial={{ ...user }}
          onClose={() => setEditing(false)}
          onSubmit={async (values) => {
            await patch({
              name: textIn(values.name).trim(),
              display_name: textIn(values.display_name).trim(),
              email: textIn(values.email).trim(),
              roles: values.roles as string[],
            });
            toast.success(t("admin.saved", { name: user.name }));
            await reload();
          }}
          fields={[
            { name: "name", label: t("admin.users.name"), kind: "text", required: true },
            { name: "display_name", label: t("admin.users.display"), kind: "text" },
            { name: "email", label: t("admin.users.email"), kind: "text" },
            { name: "roles", label: t("admin.users.roles"), kind: "multi", options: (roles.data ?? []).map((role) => ({ value: role.id, label: role.name })) },
          ]}
        />
      )}
    </div>
  );
}

function UserSessions({ user, mayEnd }: { user: User; mayEnd: boolean }) {
  const key = ["users", user.id, "sessions"];
  const query = useList(key, async () => (await unwrap(api.GET("/users/{id}/sessions", { params: { path: { id: user.id } } }))).items);
  const reload = useReload(key);
  const end = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/sessions/{id}", { params: { path: { id } } })),
    onSuccess: async () => {
      toast.success(t("admin.users.sessions.ended"));
      await reload();
    },
    onError: (error) => toast.error(explain(error)),
  });
  return (
    <>
      <h2 className={styles.heading}>{t("admin.users.sessions")}</h2>
      {query.data?.length === 0 && <p className={styles.muted}>{t("admin.users.sessions.none")}</p>}
      {query.data?.map((session) => (
        <div key={session.id} className={styles.row}>
          <div className={styles.grow}>
            {session.address} <span className={styles.muted}><TimeAgo time={session.last_used} /></span>
            <div className={`${styles.muted} ${styles.clip}`} title={session.user_agent}>{session.user_agent}</div>
          </div>
          {mayEnd && (
            <Button variant="default" size="compact-xs" onClick={() => end.mutate(session.id)}>
              {t("admin.users.sessions.end")}
            </Button>
          )}
        </div>
      ))}
    </>
  );
}
