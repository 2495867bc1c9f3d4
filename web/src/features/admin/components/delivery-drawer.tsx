import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Drawer, Severity, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import type { Delivery } from "../api/notify";
import { DeliveryState, useRetry } from "./delivery-state";
import styles from "./admin.module.css";

interface Props {
  delivery: Delivery | undefined;
  channels: ReadonlyMap<string, string>;
  rules: ReadonlyMap<string, string>;
  onClose: () => void;
}

const time = (value: string | null | undefined) => value && <Timestamp time={value} />;

function factsOf(delivery: Delivery, { channels, rules }: Props): [name: string, value: ReactNode][] {
  return [
    [t("notifications.deliveries.state"), <DeliveryState delivery={delivery} />],
    [t("notifications.deliveries.on"), t(`notifications.on.${delivery.on}`)],
    [
      t("notifications.deliveries.incident"),
      <Link to="/incidents/$id" params={{ id: delivery.incident }}>
        {delivery.title || delivery.incident}
      </Link>,
    ],
    [t("notifications.deliveries.severity"), delivery.severity && <Severity level={delivery.severity} />],
    [t("notifications.deliveries.channel"), channels.get(delivery.channel) ?? t("notifications.deliveries.channel.gone")],
    [t("notifications.deliveries.rule"), rules.get(delivery.rule ?? "") ?? t("notifications.deliveries.rule.gone")],
    [t("notifications.deliveries.created"), time(delivery.created)],
    [t("notifications.deliveries.attempts"), delivery.attempts],
    [t("notifications.deliveries.due"), time(delivery.due)],
    [t("notifications.deliveries.sent"), time(delivery.sent)],
    [t("notifications.deliveries.error"), delivery.error && <span className={styles.bad}>{delivery.error}</span>],
    [t("notifications.deliveries.message"), delivery.message && <code>{delivery.message}</code>],
  ];
}

/** All of a delivery, and the way to send it once more. */
export function DeliveryDrawer(props: Props) {
  const { delivery, onClose } = props;
  const retry = useRetry();
  return (
    <Drawer
      opened={delivery !== undefined}
      onClose={onClose}
      title={delivery?.title}
      width={520}
      actions={
        delivery &&
        delivery.state !== "sending" && (
          <Button variant="default" size="compact-xs" loading={retry.isPending} onClick={() => retry.mutate(delivery.id)}>
            {t(`notifications.deliveries.retry.${delivery.state}`)}
          </Button>
        )
      }
    >
      {delivery && (
        <dl className={styles.facts}>
          {factsOf(delivery, props)
            .filter(([, value]) => value !== null && value !== undefined && value !== "")
            .map(([name, value]) => (
              <div key={name} style={{ display: "contents" }}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
        </dl>
      )}
    </Drawer>
  );
}
