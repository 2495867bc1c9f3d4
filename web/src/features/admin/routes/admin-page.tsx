import { Link, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { EmptyState, Page } from "@/components";
import { t } from "@/lib/messages";
import { useSession } from "@/lib/session";
import { AuditSection } from "../components/audit-section";
import { CriticalitySection, SlaSection, TemplatesSection } from "../components/case-sections";
import { FeedsSection, IntelSection } from "../components/intel-section";
import { KeysSection } from "../components/keys-section";
import { NotificationsSection } from "../components/notifications-section";
import { RolesSection } from "../components/roles-section";
import { ConfigurationSection, SettingsSection } from "../components/settings-section";
import { TenantsSection } from "../components/tenants-section";
import { UsersSection } from "../components/users-section";
import styles from "../components/admin.module.css";

type Group = "access" | "node" | "intel" | "cases";

interface Section {
  id:
    | "users" | "roles" | "keys" | "tenants" | "audit" | "settings" | "configuration" | "notifications"
    | "intel" | "feeds" | "sla" | "templates" | "criticality";
  group: Group;
  /** One of these is enough. */
  permissions: readonly string[];
  content: ComponentType;
}

const sections: readonly Section[] = [
  { id: "users", group: "access", permissions: ["users.read"], content: UsersSection },
  { id: "roles", group: "access", permissions: ["users.read"], content: RolesSection },
  { id: "keys", group: "access", permissions: ["keys.own", "users.read"], content: KeysSection },
  { id: "tenants", group: "access", permissions: ["users.read"], content: TenantsSection },
  { id: "audit", group: "access", permissions: ["audit.read"], content: AuditSection },
  { id: "settings", group: "node", permissions: ["settings.read"], content: SettingsSection },
  { id: "configuration", group: "node", permissions: ["settings.read"], content: ConfigurationSection },
  { id: "notifications", group: "node", permissions: ["notifications.manage"], content: NotificationsSection },
  { id: "intel", group: "intel", permissions: ["intel.read"], content: IntelSection },
  { id: "feeds", group: "intel", permissions: ["intel.read"], content: FeedsSection },
  { id: "sla", group: "cases", permissions: ["incidents.read"], content: SlaSection },
  { id: "templates", group: "cases", permissions: ["incidents.read"], content: TemplatesSection },
  { id: "criticality", group: "cases", permissions: ["incidents.read"], content: CriticalitySection },
];

const groups: readonly Group[] = ["access", "node", "intel", "cases"];

export function AdminPage() {
  const { section: wanted } = useParams({ strict: false });
  const permissions = useSession()?.permissions ?? [];
  const shown = sections.filter((section) => section.permissions.some((name) => permissions.includes(name)));
  const section = shown.find((one) => one.id === wanted) ?? (wanted === undefined ? shown[0] : undefined);
  const Content = section?.content;
  return (
    <div className={styles.frame}>
      <nav className={styles.nav} aria-label={t("admin.sections")}>
        {groups.map((group) => {
          const links = shown.filter((one) => one.group === group);
          const exceptions = group === "node" && permissions.includes("rules.read");
          if (links.length === 0 && !exceptions) return null;
          return (
            <div key={group}>
              <div className={styles.group}>{t(`admin.group.${group}`)}</div>
              {links.map((one) => (
                <Link
                  key={one.id}
                  to="/admin/$section"
                  params={{ section: one.id }}
                  className={styles.link}
                  aria-current={one === section ? "page" : undefined}
                >
                  {t(`admin.section.${one.id}`)}
                </Link>
              ))}
              {exceptions && (
                <Link to={"/rules/exceptions"} className={styles.link}>
                  {t("admin.section.exceptions")}
                </Link>
              )}
            </div>
          );
        })}
      </nav>
      <div className={styles.main}>
        {Content ? (
          <Content key={section.id} />
        ) : (
          <Page title={t("admin.title")}>
            <EmptyState title={t("admin.none.title")} hint={t("admin.none.hint")} />
          </Page>
        )}
      </div>
    </div>
  );
}
