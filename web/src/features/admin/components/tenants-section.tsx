import { api, idempotent, ifMatch, unwrap, type Schema } from "@/api-client";
import type { Column } from "@/components";
import { t } from "@/lib/messages";
import { useList, useMay, useReload } from "../api/resources";
import { textIn } from "../api/values";
import { ResourceSection } from "./resource-section";
import styles from "./admin.module.css";

type Tenant = Schema<"Tenant">;

const columns: readonly Column<Tenant>[] = [
  { id: "name", header: t("admin.column.name"), width: 260, fixed: true, grow: true, value: (tenant) => tenant.name, cell: (tenant) => <b>{tenant.name}</b> },
  {
    id: "id",
    header: t("admin.tenants.id"),
    width: 260,
    value: (tenant) => tenant.id,
    cell: (tenant) => (tenant.id === "" ? <span className={styles.muted}>{t("admin.tenants.id.default")}</span> : <code>{tenant.id}</code>),
  },
];

export function TenantsSection() {
  return (
    <ResourceSection<Tenant>
      id="tenants"
      title={t("admin.section.tenants")}
      newTitle={t("admin.tenants.new")}
      editTitle={t("admin.tenants.edit")}
      empty={t("common.empty")}
      columns={columns}
      query={useList(["tenants"], async () => (await unwrap(api.GET("/tenants"))).items)}
      rowId={(tenant) => tenant.id}
      nameOf={(tenant) => tenant.name}
      reload={useReload(["tenants"])}
      mayWrite={useMay("tenants.write")}
      fields={(tenant) => [
        { name: "name", label: t("admin.column.name"), kind: "text", required: true },
        ...(tenant ? [] : [{ name: "id", label: t("admin.tenants.id"), kind: "text" as const, required: true, hint: t("admin.tenants.id.hint") }]),
      ]}
      valuesOf={(tenant) => ({ name: tenant?.name ?? "", id: tenant?.id ?? "" })}
      create={({ id, name }) =>
        unwrap(api.POST("/tenants", { params: { header: idempotent() }, body: { id: textIn(id).trim(), name: textIn(name).trim() } }))
      }
      update={(tenant, { name }) =>
        unwrap(
          api.PATCH("/tenants/{id}", { params: { path: { id: tenant.id }, header: ifMatch(tenant.version) }, body: { name: textIn(name).trim() } }),
        )
      }
    />
  );
}
