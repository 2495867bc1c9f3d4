import { Button, Group, Modal } from "@mantine/core";
import { copyText } from "@/lib/clipboard";
import { t } from "@/lib/messages";
import styles from "./admin.module.css";

interface Props {
  title: string;
  hint?: string;
  secret: string;
  onClose: () => void;
}

/** A secret that the node tells once. Only its button closes this. */
export function SecretDialog({ title, hint, secret, onClose }: Props) {
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
      {hint} {t("admin.secret.copy")}
      <code className={styles.secret}>{secret}</code>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={() => void copyText(secret)}>
          {t("common.action.copy")}
        </Button>
        <Button onClick={onClose}>{t("admin.secret.done")}</Button>
      </Group>
    </Modal>
  );
}
