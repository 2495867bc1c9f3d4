import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { isProblemOf } from "@/api-client";
import { t } from "@/lib/messages";
import { signIn } from "../api/sign-in";
import styles from "./bare-card.module.css";
import { Fault } from "./fault";

interface Props {
  /** Signs this person in again; nobody else. */
  name?: string;
  tenant?: string;
  onDone: () => void;
}

/** Name and password, then the one-time code if the node asks for it. */
export function SignInForm({ name: fixedName, tenant: fixedTenant, onDone }: Props) {
  const [name, setName] = useState(fixedName ?? "");
  const [password, setPassword] = useState("");
  const [tenant, setTenant] = useState(fixedTenant ?? "");
  const [withTenant, setWithTenant] = useState(false);
  const [code, setCode] = useState("");
  const attempt = useMutation({ mutationFn: signIn, onSuccess: onDone });
  const [wantsCode, setWantsCode] = useState(false);
  const asked = isProblemOf(attempt.error, "second-factor");
  const codeStep = wantsCode || asked;

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    attempt.mutate({ name, password, tenant, ...(code === "" ? {} : { code }) }, {
      onError: (error) => {
        if (isProblemOf(error, "second-factor")) setWantsCode(true);
      },
    });
  };
  const firstAsk = asked && code === "";
  return (
    <form className={styles.form} onSubmit={submit}>
      {codeStep ? (
        <TextInput
          key="code"
          label={t("session.signin.code")}
          description={t("session.signin.code.hint")}
          autoComplete="one-time-code"
          required
          autoFocus
          value={code}
          onChange={(event) => setCode(event.currentTarget.value.trim())}
        />
      ) : (
        <>
          <TextInput
            label={t("session.signin.name")}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            autoFocus={fixedName === undefined}
            readOnly={fixedName !== undefined}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("session.signin.password")}
            autoComplete="current-password"
            required
            data-autofocus
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {withTenant && (
            <TextInput label={t("session.signin.tenant")} spellCheck={false} value={tenant} onChange={(event) => setTenant(event.currentTarget.value)} />
          )}
        </>
      )}
      {!firstAsk && <Fault error={attempt.error} />}
      <Button type="submit" size="sm" loading={attempt.isPending}>
        {t("session.signin.submit")}
      </Button>
      {codeStep && (
        <Button
          variant="subtle"
          color="gray"
          onClick={() => {
            attempt.reset();
            setWantsCode(false);
            setCode("");
          }}
        >
          {t("session.signin.back")}
        </Button>
      )}
      {!codeStep && !withTenant && fixedName === undefined && (
        <Button variant="subtle" color="gray" onClick={() => setWithTenant(true)}>
          {t("session.signin.tenant.show")}
        </Button>
      )}
    </form>
  );
}
