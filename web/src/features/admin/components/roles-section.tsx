import { api, idempotent, ifMatch, unwrap, type Schema } from "@/api-client";
import type { Column } from "@/components";
import { t } from "@/lib/messages";
import { usePermissions, useMay, useReload, useRoles } from "../api/resources";
import { textIn } from "../api/values";
import type { Values } from "./form-field";
import { ResourceSection } from "./resource-section";
import styles from "./admin.module.css";

type Role = Schema<"Role">;

const rowsSeen = (role: Role): string =>
  [role.datasets.join(", "), role.filter, role.masked_fields.length > 0 ? `${t("admin.roles.masks")}: ${role.masked_fields.join(", ")}` : ""]
    .filter((part) => part !== "")
    .join(" · ");

const columns: readonly Column<Role>[] = [
  { id: "name", header: t("admin.column.name"), width: 180, fixed: true, value: (role) => role.name, cell: (role) => <b>{role.name}</b> },
  { id: "description", header: t("admin.roles.description"), width: 260, grow: true, cell: (role) => <span className={styles.clip} title={role.description}>{role.description}</span> },
  {
    id: "permissions",
    header: t("admin.roles.permissions"),
    width: 130,
    value: (role) => role.permissions.length,
    cell: (role) => <span title={role.permissions.join(", ")}>{t("admin.roles.permissions.count", { count: role.permissions.length })}</span>,
  },
  {
    id: "rows",
    header: t("admin.roles.rows"),
    width: 240,
    cell: (role) => (rowsSeen(role) === "" ? <span className={styles.muted}>{t("admin.roles.rows.all")}</span> : <span className={styles.clip} title={rowsSeen(role)}>{rowsSeen(role)}</span>),
  },
  { id: "factor", header: t("admin.users.factor"), width: 110, cell: (role) => (role.second_factor ? t("admin.yes") : <span className={styles.muted}>{t("admin.no")}</span>) },
  { id: "kind", header: t("admin.roles.builtin"), width: 80, value: (role) => Number(role.built_in), cell: (role) => (role.built_in ? t("admin.yes") : <span className={styles.muted}>{t("admin.no")}</span>) },
];

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const bodyOf = (values: Values): Schema<"RoleChange"> => ({
  name: textIn(values.name).trim(),
  description: textIn(values.description),
  permissions: strings(values.permissions),
  datasets: strings(values.datasets),
  filter: textIn(values.filter),
  masked_fields: strings(values.masked_fields),
  second_factor: values.second_factor === true,
});

export function RolesSection() {
  const permissions = usePermissions();
  const options = (permissions.data ?? []).map(({ name, summary }) => ({ value: name, label: name, hint: summary }));
  return (
    <ResourceSection<Role>
      id="roles"
      size={820}
      title={t("admin.section.roles")}
      newTitle={t("admin.roles.new")}
      editTitle={t("admin.roles.edit")}
      empty={t("common.empty")}
      columns={columns}
      query={useRoles()}
      rowId={(role) => role.id}
      nameOf={(role) => role.name}
      reload={useReload(["roles"])}
      mayWrite={useMay("roles.write")}
      writable={(role) => !role.built_in}
      note={(role) => role.built_in && <p className={styles.muted} style={{ margin: 0 }}>{t("admin.roles.builtin.hint")}</p>}
      fields={() => [
        { name: "name", label: t("admin.column.name"), kind: "text", required: true },
        { name: "description", label: t("admin.roles.description"), kind: "text" },
        { name: "permissions", label: t("admin.roles.permissions"), kind: "checks", options },
        { name: "datasets", label: t("admin.roles.datasets"), kind: "tags", hint: t("admin.roles.datasets.hint") },
        { name: "filter", label: t("admin.roles.filter"), kind: "text", hint: t("admin.roles.filter.hint") },
        { name: "masked_fields", label: t("admin.roles.masks"), kind: "tags", hint: t("admin.roles.masks.hint") },
        { name: "second_factor", label: t("admin.roles.factor"), kind: "switch" },
      ]}
      valuesOf={(role) => ({ ...(role ?? { name: "", permissions: [], datasets: [], masked_fields: [] }) })}
      create={(values) => unwrap(api.POST("/roles", { params: { header: idempotent() }, body: bodyOf(values) }))}
      update={(role, values) =>
        unwrap(api.PUT("/roles/{id}", { params: { path: { id: role.id }, header: ifMatch(role.version) }, body: bodyOf(values) }))
      }
      remove={(role) => unwrap(api.DELETE("/roles/{id}", { params: { path: { id: role.id }, header: ifMatch(role.version) } }))}
      deleteHint={t("admin.roles.delete.hint")}
    />
  );
}
