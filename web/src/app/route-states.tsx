import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { useNavigate, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { EmptyState, ErrorState } from "@/components";
import { t } from "@/lib/messages";

/** The error of one page; the shell around it goes on. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return <ErrorState error={error} title={t("common.error.route")} onRetry={retry} />;
}

export function NotFound() {
  const navigate = useNavigate();
  return (
    <EmptyState
      icon={<IconMapOff size={26} stroke={1.4} />}
      title={t("common.not.found")}
      hint={t("common.not.found.hint")}
      action={
        <Button variant="default" onClick={() => void navigate({ to: "/" })}>
          {t("common.not.found.home")}
        </Button>
      }
    />
  );
}
