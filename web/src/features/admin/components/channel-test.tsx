import { Button, Group, Loader, Modal } from "@mantine/core";
import { useMutation, type UseMutationResult } from "@tanstack/react-query";
import { api, unwrap } from "@/api-client";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import type { Channel } from "../api/notify";
import { StateLabel } from "./state-label";
import styles from "./admin.module.css";

interface Answer {
  sent: boolean;
  error: string | null;
}

type Test = UseMutationResult<Answer, Error, Channel>;

export const useChannelTest = (): Test =>
  useMutation({ mutationFn: (channel: Channel) => unwrap(api.POST("/notifications/channels/{id}/test", { params: { path: { id: channel.id } } })) });

function Outcome({ test }: { test: Test }) {
  if (test.isPending) {
    return (
      <Group gap="xs">
        <Loader size="xs" /> {t("notifications.test.sending")}
      </Group>
    );
  }
  if (test.data?.sent) return <StateLabel color="var(--v-good)">{t("notifications.test.sent")}</StateLabel>;
  return (
    <>
      <StateLabel color="var(--v-bad)">{t("notifications.test.failed")}</StateLabel>
      <code className={styles.secret}>{test.error ? explain(test.error) : test.data?.error}</code>
    </>
  );
}

/** What came back of a test message. */
export function ChannelTest({ test }: { test: Test }) {
  const channel = test.variables;
  if (!channel) return null;
  return (
    <Modal
      opened
      onClose={test.reset}
      title={t("notifications.test.title", { name: channel.name })}
      closeButtonProps={{ "aria-label": t("common.action.close") }}
    >
      <div role="status">
        <Outcome test={test} />
      </div>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" disabled={test.isPending} onClick={() => test.mutate(channel)}>
          {t("notifications.test.again")}
        </Button>
        <Button onClick={test.reset}>{t("common.action.close")}</Button>
      </Group>
    </Modal>
  );
}
