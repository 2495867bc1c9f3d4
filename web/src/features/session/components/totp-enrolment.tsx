import { Button, Code, Group, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { api, unwrap } from "@/api-client";
import { copyText } from "@/lib/clipboard";
import { t } from "@/lib/messages";
import styles from "./bare-card.module.css";
import { Fault } from "./fault";
import { QrCode } from "./qr-code";

/** Secret, first code, recovery codes. */
export function TotpEnrolment({ onDone }: { onDone: () => void }) {
  const [code, setCode] = useState("");
  const begin = useMutation({ mutationFn: () => unwrap(api.POST("/session/totp")) });
  const finish = useMutation({ mutationFn: () => unwrap(api.PUT("/session/totp", { body: { code } })) });

  if (finish.data) return <RecoveryCodes codes={finish.data.recovery_codes} onDone={onDone} />;
  if (!begin.data) {
    return (
      <div className={styles.form}>
        <Fault error={begin.error} />
        <Button onClick={() => begin.mutate()} loading={begin.isPending} style={{ alignSelf: "flex-start" }}>
          {t("session.totp.begin")}
        </Button>
      </div>
    );
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    finish.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <div>{t("session.totp.scan")}</div>
      <QrCode text={begin.data.uri} label={t("session.totp.qr")} />
      <div>
        {t("session.totp.secret")} <Code style={{ overflowWrap: "anywhere" }}>{begin.data.secret}</Code>
      </div>
      <TextInput
        label={t("session.totp.code")}
        autoComplete="one-time-code"
        inputMode="numeric"
        pattern="[0-9]{6}"
        maxLength={6}
        required
        value={code}
        onChange={(event) => setCode(event.currentTarget.value.trim())}
      />
      <Fault error={finish.error} />
      <Button type="submit" loading={finish.isPending} style={{ alignSelf: "flex-start" }}>
        {t("session.totp.finish")}
      </Button>
    </form>
  );
}

function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  return (
    <div className={styles.form}>
      <strong>{t("session.totp.recovery.title")}</strong>
      <div>{t("session.totp.recovery.hint")}</div>
      <Code block>{codes.join("\n")}</Code>
      <Group gap="xs">
        <Button variant="default" onClick={() => void copyText(codes.join("\n"))}>
          {t("session.totp.recovery.copy")}
        </Button>
        <Button onClick={onDone}>{t("session.totp.recovery.kept")}</Button>
      </Group>
    </div>
  );
}
