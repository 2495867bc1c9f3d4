import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api-client";
import { ConfirmDialog, explain } from "@/components";
import { t } from "@/lib/messages";
import { useSession } from "@/lib/session";
import { toast } from "@/lib/toast";
import { readSession } from "../api/sign-in";
import styles from "./account.module.css";
import { TotpEnrolment } from "./totp-enrolment";

export function SecondFactor() {
  const on = useSession()?.user?.has_totp === true;
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/session/totp")),
    onSuccess: async () => {
      setAsking(false);
      toast.success(t("session.totp.removed"));
      await readSession();
    },
    onError: (error) => toast.error(explain(error)),
  });
  if (!on) {
    return (
      <>
        <p className={styles.hint}>{t("session.totp.off")}</p>
        <TotpEnrolment onDone={() => void readSession()} />
      </>
    );
  }
  return (
    <>
      <p className={styles.hint}>{t("session.totp.on")}</p>
      <Button variant="default" mt="xs" onClick={() => setAsking(true)}>
        {t("session.totp.remove")}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={t("session.totp.remove.title")}
        confirm={t("session.totp.remove")}
        destructive
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        {t("session.totp.remove.hint")}
      </ConfirmDialog>
    </>
  );
}
