import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SubmitEvent } from "react";
import { api, ApiProblem, unwrap } from "@/api-client";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";
import { BareCard } from "../components/bare-card";
import styles from "../components/bare-card.module.css";
import { Fault } from "../components/fault";
import { NewPassword } from "../components/new-password";

/** Sets a password with the token that an administrator gave. */
export function ResetPage() {
  const navigate = useNavigate();
  const [token, setToken] = useState(() => new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const attempt = useMutation({
    mutationFn: () => unwrap(api.POST("/password-reset", { body: { token: token.trim(), password } })),
    onSuccess: () => {
      toast.success(t("session.reset.done"));
      return navigate({ to: "/sign-in" });
    },
  });
  const problem = attempt.error instanceof ApiProblem ? attempt.error : undefined;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (password === repeated) attempt.mutate();
  };
  return (
    <BareCard title={t("session.reset.title")} intro={t("session.reset.intro")}>
      <form className={styles.form} onSubmit={submit}>
        <TextInput label={t("session.reset.token")} required spellCheck={false} autoComplete="off" value={token} onChange={(event) => setToken(event.currentTarget.value)} />
        <NewPassword
          label={t("session.password.new")}
          password={password}
          repeated={repeated}
          onPassword={setPassword}
          onRepeated={setRepeated}
          error={problem?.errorOf("/password")}
        />
        <Fault error={attempt.error} />
        <Button type="submit" size="sm" loading={attempt.isPending}>
          {t("session.reset.submit")}
        </Button>
      </form>
    </BareCard>
  );
}
