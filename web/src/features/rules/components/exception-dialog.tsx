import { Button, Group, Modal, MultiSelect, Select, Textarea } from "@mantine/core";
import { useState } from "react";
import { ApiProblem } from "@/api-client";
import { ConfirmDialog, explain } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { useDeleteException, useSaveException, type Exception } from "../api/exceptions";
import { useRules } from "../api/rules";
import { ExceptionTest } from "./exception-test";
import { LazyEditor } from "./lazy-editor";
import styles from "./exception-dialog.module.css";

interface Props {
  exception: Exception | undefined;
  /** The rules that a new one is for. */
  rules: readonly string[];
  onClose: () => void;
}

const day = 86_400_000;
const spans = [7, 30, 90, 365] as const;
const firstCondition = "selection:\n  user.name: svc-backup\ncondition: selection\n";

const expiryOf = (choice: string, exception: Exception | undefined): string | null => {
  if (choice === "never") return null;
  if (choice === "keep") return exception?.expires ?? null;
  return new Date(Date.now() + Number(choice) * day).toISOString();
};

/** Writes an exception, after a look at what it would have hidden. */
export function ExceptionDialog({ exception, rules, onClose }: Props) {
  const [reason, setReason] = useState(exception?.reason ?? "");
  const [condition, setCondition] = useState(exception?.condition ?? firstCondition);
  const [chosen, setChosen] = useState<string[]>(exception ? exception.rules : [...rules]);
  const [expiry, setExpiry] = useState<string>(exception ? "keep" : "90");
  const [deleting, setDeleting] = useState(false);
  const known = useRules();
  const save = useSaveException();
  const remove = useDeleteException();
  const mayWrite = useCan("exceptions.write");
  const options = (known.data ?? []).map((rule) => ({ value: rule.id, label: rule.title }));
  const missing = chosen.filter((id) => !options.some((option) => option.value === id)).map((id) => ({ value: id, label: id }));
  const problem = save.error instanceof ApiProblem ? save.error : undefined;
  const onSave = () =>
    save.mutate(
      { exception, body: { reason: reason.trim(), condition, rules: chosen, expires: expiryOf(expiry, exception) } },
      {
        onSuccess: () => {
          toast.success(t("rules.exceptions.saved"));
          onClose();
        },
      },
    );
  const onDelete = () => {
    if (!exception) return;
    remove.mutate(exception, {
      onSuccess: () => {
        toast.success(t("rules.exceptions.deleted"));
        onClose();
      },
      onError: (error) => toast.error(explain(error)),
    });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={exception ? t("rules.exceptions.edit") : t("rules.exceptions.new")}
      size={720}
      closeButtonProps={{ "aria-label": t("common.action.close") }}
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          onSave();
        }}
      >
        <Textarea
          label={t("rules.exceptions.reason")}
          required
          autosize
          minRows={1}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={problem?.errorOf("/reason")}
        />
        <MultiSelect
          label={t("rules.exceptions.rules")}
          description={t("rules.exceptions.rules.hint")}
          searchable
          limit={50}
          data={[...options, ...missing]}
          value={chosen}
          onChange={setChosen}
        />
        <div>
          <div className={styles.label}>{t("rules.exceptions.condition")}</div>
          <div className={styles.hint}>{t("rules.exceptions.condition.hint")}</div>
          <div className={styles.editor}>
            <LazyEditor value={condition} onChange={setCondition} label={t("rules.exceptions.condition")} readOnly={!mayWrite} />
          </div>
        </div>
        <Select
          label={t("rules.exceptions.expires")}
          w={180}
          allowDeselect={false}
          value={expiry}
          onChange={(value) => setExpiry(value ?? "never")}
          data={[
            ...(exception ? [{ value: "keep", label: t("rules.exceptions.expires.keep") }] : []),
            ...spans.map((days) => ({ value: String(days), label: t("rules.exceptions.expires.in", { span: `${days} d` }) })),
            { value: "never", label: t("rules.exceptions.expires.never") },
          ]}
        />
        <ExceptionTest condition={condition} rules={chosen} />
        {save.error && <p role="alert">{problem?.errors[0]?.message ?? explain(save.error)}</p>}
        <Group gap="xs">
          {exception && mayWrite && (
            <Button variant="subtle" color="red" onClick={() => setDeleting(true)}>
              {t("rules.exceptions.delete")}
            </Button>
          )}
          <Group gap="xs" ml="auto">
            <Button variant="default" onClick={onClose}>
              {t("common.action.cancel")}
            </Button>
            {mayWrite && (
              <Button type="submit" loading={save.isPending} disabled={reason.trim() === ""}>
                {t("common.action.save")}
              </Button>
            )}
          </Group>
        </Group>
      </form>
      <ConfirmDialog
        opened={deleting}
        title={t("rules.exceptions.delete")}
        confirm={t("common.action.delete")}
        destructive
        busy={remove.isPending}
        onConfirm={onDelete}
        onClose={() => setDeleting(false)}
      >
        {t("rules.exceptions.delete.hint")}
      </ConfirmDialog>
    </Modal>
  );
}
