import { Navigate, useNavigate } from "@tanstack/react-router";
import { t } from "@/lib/messages";
import { useSession } from "@/lib/session";
import { readSession } from "../api/sign-in";
import { BareCard } from "../components/bare-card";
import { PasswordForm } from "../components/password-form";
import { TotpEnrolment } from "../components/totp-enrolment";

/** What somebody must do before anything else: a password of their own, a second factor. */
export function FirstStepsPage() {
  const session = useSession();
  const navigate = useNavigate();
  if (!session) return <Navigate to="/sign-in" />;
  if (session.must_change_password) {
    return (
      <BareCard title={t("session.password.title")} intro={t("session.password.must")}>
        <PasswordForm onDone={() => undefined} />
      </BareCard>
    );
  }
  if (session.must_enrol_totp) {
    return (
      <BareCard title={t("session.totp.title")} intro={t("session.totp.must")}>
        <TotpEnrolment onDone={() => void readSession().then(() => navigate({ to: "/" }))} />
      </BareCard>
    );
  }
  return <Navigate to="/" />;
}
