import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ConfirmDialog, explain } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";

interface Props {
  name: string;
  hint: string;
  onDelete: () => Promise<unknown>;
  onDone: () => void;
  compact?: boolean;
}

export function DeleteButton({ name, hint, onDelete, onDone, compact = false }: Props) {
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: onDelete,
    onSuccess: () => {
      toast.success(t("admin.deleted", { name }));
      setAsking(false);
      onDone();
    },
    onError: (error) => {
      toast.error(explain(error));
      setAsking(false);
    },
  });
  return (
    <>
      <Button variant="subtle" color="red" size={compact ? "compact-xs" : "xs"} aria-label={compact ? `${t("common.action.delete")} ${name}` : undefined} onClick={() => setAsking(true)}>
        {t("common.action.delete")}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={t("admin.delete.title", { name })}
        confirm={t("common.action.delete")}
        destructive
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        {hint}
      </ConfirmDialog>
    </>
  );
}
