import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { ApiProblem } from "@/api-client";
import { t } from "@/lib/messages";
import { changePassword } from "../api/sign-in";
import styles from "./bare-card.module.css";
import { Fault } from "./fault";
import { NewPassword } from "./new-password";

export function PasswordForm({ onDone }: { onDone: () => void }) {
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const attempt = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      setOld("");
      setPassword("");
      setRepeated("");
      onDone();
    },
  });
  const problem = attempt.error instanceof ApiProblem ? attempt.error : undefined;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (password === repeated) attempt.mutate({ old_password: old, new_password: password });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <PasswordInput
        label={t("session.password.old")}
        autoComplete="current-password"
        required
        value={old}
        error={problem?.errorOf("/old_password")}
        onChange={(event) => setOld(event.currentTarget.value)}
      />
      <NewPassword
        label={t("session.password.new")}
        password={password}
        repeated={repeated}
        onPassword={setPassword}
        onRepeated={setRepeated}
        error={problem?.errorOf("/new_password")}
      />
      <Fault error={attempt.error} />
      <Button type="submit" loading={attempt.isPending} style={{ alignSelf: "flex-start" }}>
        {t("session.password.submit")}
      </Button>
    </form>
  );
}
