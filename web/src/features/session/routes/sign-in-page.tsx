import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { t } from "@/lib/messages";
import { needsSetUp } from "@/lib/session";
import { BareCard } from "../components/bare-card";
import { SignInForm } from "../components/sign-in-form";

export function SignInPage() {
  const { back } = useSearch({ from: "/bare/sign-in" });
  const navigate = useNavigate();
  const router = useRouter();
  const fresh = useQuery({ queryKey: ["session", "needs-set-up"], queryFn: needsSetUp });
  if (fresh.data) return <Navigate to="/setup" />;
  const done = () => {
    if (back === undefined) void navigate({ to: "/" });
    else router.history.push(back);
  };
  return (
    <BareCard title={t("session.signin.title")}>
      <SignInForm onDone={done} />
    </BareCard>
  );
}
