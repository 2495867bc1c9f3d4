import { Button, Group, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "@/lib/messages";

interface Props {
  opened: boolean;
  title: string;
  children: ReactNode;
  /** The verb of what happens: "Delete". */
  confirm: string;
  destructive?: boolean;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once more before something that cannot be undone. What can be undone needs a toast, not this. */
export function ConfirmDialog(props: Props) {
  const { opened, title, children, confirm, destructive = false, busy = false, onConfirm, onClose } = props;
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="sm" closeButtonProps={{ "aria-label": t("common.action.close") }}>
      {children}
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("common.action.cancel")}
        </Button>
        <Button color={destructive ? "red.8" : "accent"} loading={busy} onClick={onConfirm}>
          {confirm}
        </Button>
      </Group>
    </Modal>
  );
}
