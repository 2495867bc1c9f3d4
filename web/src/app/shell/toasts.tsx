import { ActionIcon, Button } from "@mantine/core";
import { IconCheck, IconInfoCircle, IconX, IconAlertTriangle } from "@tabler/icons-react";
import { useEffect } from "react";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { useStore } from "@/lib/store";
import { dismissToast, toast, toasts, type Toast } from "@/lib/toast";
import styles from "./toasts.module.css";

const icons = { info: IconInfoCircle, success: IconCheck, error: IconAlertTriangle };

/** Messages at the bottom, beside the work and not over it. */
export function Toasts() {
  const list = useStore(toasts);
  return (
    <div className={styles.stack} role="log" aria-live="polite" aria-relevant="additions">
      {list.map((one) => (
        <ToastCard key={one.id} toast={one} />
      ))}
    </div>
  );
}

function ToastCard({ toast: one }: { toast: Toast }) {
  const { id, lifetime, undo } = one;
  useEffect(() => {
    if (lifetime === undefined) return;
    const timer = setTimeout(() => dismissToast(id), lifetime);
    return () => clearTimeout(timer);
  }, [id, lifetime]);
  const Icon = icons[one.kind];
  const takeBack = async () => {
    dismissToast(id);
    try {
      await undo?.();
      toast.info(t("shell.undo.done"));
    } catch (error) {
      toast.error(explain(error));
    }
  };
  return (
    <div className={styles.toast} data-kind={one.kind} role={one.kind === "error" ? "alert" : "status"}>
      <Icon size={16} aria-hidden className={styles.icon} />
      <div className={styles.text}>
        {one.text}
        {one.detail !== undefined && <div className={styles.detail}>{one.detail}</div>}
      </div>
      {undo && (
        <Button variant="subtle" size="compact-xs" onClick={() => void takeBack()}>
          {t("common.action.undo")}
        </Button>
      )}
      <ActionIcon size="sm" aria-label={t("common.action.close")} onClick={() => dismissToast(id)}>
        <IconX size={14} />
      </ActionIcon>
    </div>
  );
}
