import { PasswordInput } from "@mantine/core";
import { t } from "@/lib/messages";

interface Props {
  label: string;
  password: string;
  repeated: string;
  onPassword: (password: string) => void;
  onRepeated: (repeated: string) => void;
  error?: string | undefined;
}

/** A new password, twice. */
export function NewPassword({ label, password, repeated, onPassword, onRepeated, error }: Props) {
  const differs = repeated !== "" && repeated !== password;
  return (
    <>
      <PasswordInput
        label={label}
        description={t("session.setup.password.hint")}
        autoComplete="new-password"
        required
        value={password}
        error={error}
        onChange={(event) => onPassword(event.currentTarget.value)}
      />
      <PasswordInput
        label={t("session.setup.repeat")}
        autoComplete="new-password"
        required
        value={repeated}
        error={differs && t("session.repeat.differs")}
        onChange={(event) => onRepeated(event.currentTarget.value)}
      />
    </>
  );
}
