import { Drawer as MantineDrawer } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "@/lib/messages";
import styles from "./drawer.module.css";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: ReactNode;
  actions?: ReactNode;
  /** Pixels. */
  width?: number;
  children: ReactNode;
}

/** A panel from the right, over the page; the page behind it stays usable by mouse. */
export function Drawer({ opened, onClose, title, actions, width = 640, children }: Props) {
  return (
    <MantineDrawer.Root opened={opened} onClose={onClose} position="right" size={width} trapFocus={false} lockScroll={false}>
      <MantineDrawer.Content className={styles.content}>
        <MantineDrawer.Header className={styles.header}>
          <MantineDrawer.Title className={styles.title}>{title}</MantineDrawer.Title>
          <div className={styles.actions}>{actions}</div>
          <MantineDrawer.CloseButton aria-label={t("common.action.close")} size="sm" />
        </MantineDrawer.Header>
        <MantineDrawer.Body className={styles.body}>{children}</MantineDrawer.Body>
      </MantineDrawer.Content>
    </MantineDrawer.Root>
  );
}
