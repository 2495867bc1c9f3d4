import { Button, Group, Modal } from "@mantine/core";
import { t } from "@/lib/messages";
import type { BackTest } from "./back-test-panel";

interface Props {
  opened: boolean;
  title: string;
  dirty: boolean;
  busy: boolean;
  /** Of the text as it stands. */
  result: BackTest | undefined;
  onTest: () => void;
  onActivate: () => void;
  onClose: () => void;
}

/** Before a rule is switched on: what the back-test said, or that there was none. */
export function ActivateDialog({ opened, title, dirty, busy, result, onTest, onActivate, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("rules.activate.title", { title })}
      size="sm"
      closeButtonProps={{ "aria-label": t("common.action.close") }}
    >
      {result ? t("rules.activate.tested", { alerts: result.alerts, events: result.events }) : t("rules.activate.untested")}
      {dirty && ` ${t("rules.activate.unsaved")}`}
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onClose}>
          {t("common.action.cancel")}
        </Button>
        {!result && (
          <Button variant="default" onClick={onTest} data-autofocus>
            {t("rules.activate.test")}
          </Button>
        )}
        <Button loading={busy} onClick={onActivate} {...(result ? { "data-autofocus": true } : {})}>
          {t("rules.action.activate")}
        </Button>
      </Group>
    </Modal>
  );
}
