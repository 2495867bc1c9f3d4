import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SubmitEvent } from "react";
import { ApiProblem } from "@/api-client";
import { t } from "@/lib/messages";
import { needsSetUp } from "@/lib/session";
import { setUp } from "../api/sign-in";
import { BareCard } from "../components/bare-card";
import styles from "../components/bare-card.module.css";
import { Fault } from "../components/fault";
import { NewPassword } from "../components/new-password";

// Behind #, so that neither the node's log nor another site ever sees it.
const tokenOfAddress = (): string => new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

export function SetUpPage() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const needed = useQuery({ queryKey: ["session", "needs-set-up"], queryFn: needsSetUp });
  const [token, setToken] = useState(tokenOfAddress);
  const [name, setName] = useState("");
  const [fullName, setFullName] = useState("");
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const attempt = useMutation({ mutationFn: setUp, onSuccess: () => {
      queries.setQueryData(["session", "needs-set-up"], false);
      return navigate({ to: "/" });
    } });
  const problem = attempt.error instanceof ApiProblem ? attempt.error : undefined;

  if (needed.data === false && !attempt.isSuccess) {
    return (
      <BareCard title={t("session.setup.done.title")} intro={t("session.setup.done.hint")}>
        <Button mt="md" fullWidth onClick={() => void navigate({ to: "/sign-in" })}>
          {t("session.signin.submit")}
        </Button>
      </BareCard>
    );
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (password !== repeated) return;
    attempt.mutate({ token: token.trim(), name, password, ...(fullName === "" ? {} : { display_name: fullName }) });
  };
  return (
    <BareCard title={t("session.setup.title")} intro={t("session.setup.intro")}>
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label={t("session.setup.token")}
          required
          spellCheck={false}
          autoComplete="off"
          value={token}
          error={problem?.errorOf("/token")}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <TextInput
          label={t("session.setup.name")}
          required
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={name}
          error={problem?.errorOf("/name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput label={t("session.setup.display")} autoComplete="name" value={fullName} onChange={(event) => setFullName(event.currentTarget.value)} />
        <NewPassword
          label={t("session.setup.password")}
          password={password}
          repeated={repeated}
          onPassword={setPassword}
          onRepeated={setRepeated}
          error={problem?.errorOf("/password")}
        />
        <Fault error={attempt.error} />
        <Button type="submit" size="sm" loading={attempt.isPending}>
          {t("session.setup.submit")}
        </Button>
      </form>
    </BareCard>
  );
}
