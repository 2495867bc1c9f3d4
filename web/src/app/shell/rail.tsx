import { ActionIcon, Tooltip } from "@mantine/core";
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "@/lib/messages";
import { preferences, usePreferences } from "@/lib/preferences";
import { useSession } from "@/lib/session";
import { Logo } from "./logo";
import { navigationFor } from "./navigation";
import styles from "./rail.module.css";

interface Props {
  /** On a phone: shown over the page. */
  open: boolean;
  onNavigate: () => void;
}

/** The main navigation: what the session may see. */
export function Rail({ open, onNavigate }: Props) {
  const items = navigationFor(useSession());
  const { navigationCollapsed: collapsed } = usePreferences();
  const toggle = collapsed ? t("shell.nav.expand") : t("shell.nav.collapse");
  return (
    <nav className={styles.rail} aria-label={t("shell.navigation")} data-collapsed={collapsed || undefined} data-open={open || undefined}>
      <div className={styles.brand}>
        <Logo />
        <span className={styles.name}>Vedette</span>
      </div>
      <ul className={styles.list}>
        {items.map(({ to, label, icon: Icon }) => (
          <li key={to}>
            <Tooltip label={t(label)} position="right" disabled={!collapsed}>
              <Link
                to={to}
                className={styles.item}
                activeProps={{ "data-current": true }}
                activeOptions={{ exact: to === "/", includeSearch: false }}
                onClick={onNavigate}
              >
                <Icon size={17} stroke={1.7} aria-hidden />
                <span className={styles.label}>{t(label)}</span>
              </Link>
            </Tooltip>
          </li>
        ))}
      </ul>
      <ActionIcon
        className={styles.toggle}
        aria-label={toggle}
        title={toggle}
        onClick={() => preferences.change({ navigationCollapsed: !collapsed })}
      >
        {collapsed ? <IconLayoutSidebarLeftExpand size={17} stroke={1.6} /> : <IconLayoutSidebarLeftCollapse size={17} stroke={1.6} />}
      </ActionIcon>
    </nav>
  );
}
