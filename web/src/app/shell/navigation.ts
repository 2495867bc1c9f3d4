import {
  IconAlertTriangle,
  IconFileCode,
  IconLayoutDashboard,
  IconPlugConnected,
  IconSearch,
  IconSettings,
  IconTimelineEvent,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";
import type { MessageKey } from "@/lib/messages";
import { holds, type Permission, type Session } from "@/lib/session";

export interface NavigationItem {
  to: string;
  label: Extract<MessageKey, `shell.nav.${string}`>;
  icon: Icon;
  /** The second key of `g ?`. */
  key: string;
  /** One of these is enough; none: whoever is signed in. */
  permissions: readonly Permission[];
}

const items: readonly NavigationItem[] = [
  { to: "/", label: "shell.nav.overview", icon: IconLayoutDashboard, key: "o", permissions: [] },
  { to: "/search", label: "shell.nav.search", icon: IconSearch, key: "s", permissions: ["events.read"] },
  { to: "/alerts", label: "shell.nav.alerts", icon: IconAlertTriangle, key: "a", permissions: ["alerts.read"] },
  { to: "/incidents", label: "shell.nav.incidents", icon: IconTimelineEvent, key: "i", permissions: ["alerts.read"] },
  { to: "/entities", label: "shell.nav.entities", icon: IconUsers, key: "e", permissions: ["events.read", "alerts.read"] },
  { to: "/rules", label: "shell.nav.rules", icon: IconFileCode, key: "r", permissions: ["rules.read"] },
  { to: "/sources", label: "shell.nav.sources", icon: IconPlugConnected, key: "c", permissions: ["sources.read", "system.read"] },
  {
    to: "/admin",
    label: "shell.nav.admin",
    icon: IconSettings,
    key: "m",
    permissions: ["users.read", "audit.read", "settings.read", "intel.read", "rules.read", "keys.own"],
  },
];

/** What the person may open. */
export const navigationFor = (session: Session | null): NavigationItem[] =>
  items.filter((item) => item.permissions.length === 0 || item.permissions.some((name) => holds(session, name)));
