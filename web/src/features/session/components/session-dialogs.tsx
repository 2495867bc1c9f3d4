import { Button, Modal, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { gate, isProblemOf } from "@/api-client";
import { t } from "@/lib/messages";
import { forgetSession, useSession } from "@/lib/session";
import { useStore } from "@/lib/store";
import { confirmSession } from "../api/sign-in";
import styles from "./bare-card.module.css";
import { Fault } from "./fault";
import { SignInForm } from "./sign-in-form";

/** What a refused request asks of the person, over the page; the request goes on afterwards. */
export function SessionDialogs() {
  const waiting = useStore(gate);
  const session = useSession();
  return (
    <>
      <Modal
        opened={waiting?.demand === "session"}
        onClose={() => undefined}
        withCloseButton={false}
        closeOnEscape={false}
        closeOnClickOutside={false}
        title={t("session.expired.title")}
        size="xs"
        zIndex={320}
      >
        <p style={{ margin: 0, color: "var(--v-muted)" }}>{t("session.expired.hint")}</p>
        <SignInForm
          {...(session?.user ? { name: session.user.name, tenant: session.user.tenant } : {})}
          onDone={() => waiting?.settle(true)}
        />
        <Button
          variant="subtle"
          color="gray"
          fullWidth
          mt="xs"
          onClick={() => {
            waiting?.settle(false);
            forgetSession();
            location.assign("/sign-in");
          }}
        >
          {t("session.expired.leave")}
        </Button>
      </Modal>
      <Modal
        opened={waiting?.demand === "confirmation"}
        onClose={() => waiting?.settle(false)}
        title={t("session.confirm.title")}
        size="xs"
        zIndex={320}
        closeButtonProps={{ "aria-label": t("common.action.close") }}
      >
        <ConfirmForm onDone={() => waiting?.settle(true)} />
      </Modal>
    </>
  );
}

function ConfirmForm({ onDone }: { onDone: () => void }) {
  const session = useSession();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const attempt = useMutation({ mutationFn: confirmSession, onSuccess: onDone });
  const wantsCode = session?.user?.has_totp === true || isProblemOf(attempt.error, "second-factor");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    attempt.mutate({ password, ...(code === "" ? {} : { code }) });
  };
  return (
    <form className={styles.form} style={{ marginTop: 0 }} onSubmit={submit}>
      <p style={{ margin: 0, color: "var(--v-muted)" }}>{t("session.confirm.hint")}</p>
      <PasswordInput
        label={t("session.signin.password")}
        autoComplete="current-password"
        required
        data-autofocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {wantsCode && (
        <TextInput
          label={t("session.signin.code")}
          autoComplete="one-time-code"
          required
          value={code}
          onChange={(event) => setCode(event.currentTarget.value.trim())}
        />
      )}
      <Fault error={attempt.error} />
      <Button type="submit" loading={attempt.isPending}>
        {t("session.confirm.submit")}
      </Button>
    </form>
  );
}
