import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { PageTabs } from "@/components";
import { t } from "@/lib/messages";
import { deliveryStates, useFailures, type Channel } from "../api/notify";
import { ChannelsTab } from "./channels-tab";
import { DeliveriesTab, type DeliveryFilter } from "./deliveries-tab";
import { NotifyRulesTab } from "./notify-rules-tab";
import styles from "./admin.module.css";

const tabs = ["channels", "rules", "deliveries"] as const;
type Tab = (typeof tabs)[number];

function TabLabel({ tab }: { tab: Tab }) {
  const failures = useFailures().data;
  const failed = tab === "deliveries" && failures !== undefined && failures.count > 0;
  return (
    <>
      {t(`notifications.tab.${tab}`)}
      {failed && <span className={styles.bad}> {t("notifications.failed.count", { count: `${failures.count}${failures.more ? "+" : ""}` })}</span>}
    </>
  );
}

/** Who is told of incidents, of which, and how that went. */
export function NotificationsSection() {
  const search: { tab?: string; delivery?: string; channel?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const tab = tabs.find((one) => one === search.tab) ?? "channels";
  const show = useCallback(
    (next: Tab, filter?: Partial<DeliveryFilter>) =>
      void navigate({
        to: "/admin/$section",
        params: { section: "notifications" },
        search: (old) => ({ ...old, tab: next === "channels" ? undefined : next, delivery: filter?.state, channel: filter?.channel }),
      }),
    [navigate],
  );
  const showDeliveries = useCallback((channel: Channel) => show("deliveries", { channel: channel.id }), [show]);
  const toolbar = (
    <PageTabs
      label={t("notifications.tabs")}
      tabs={tabs.map((id) => ({ id, label: <TabLabel tab={id} /> }))}
      value={tab}
      onChange={(next) => show(next)}
    />
  );
  if (tab === "channels") return <ChannelsTab toolbar={toolbar} onDeliveries={showDeliveries} />;
  if (tab === "rules") return <NotifyRulesTab toolbar={toolbar} />;
  return (
    <DeliveriesTab
      toolbar={toolbar}
      filter={{ state: deliveryStates.find((state) => state === search.delivery), channel: search.channel }}
      onFilter={(filter) => show("deliveries", filter)}
    />
  );
}
