import { ActionIcon, Button, Menu, TextInput } from "@mantine/core";
import { IconCopy, IconDots, IconTrash } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ConfirmDialog, explain, levels, severityName } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import { useDeleteRule, useSetLevel, useSwitchRule, type WholeRule } from "../api/rules";

interface Props {
  rule: WholeRule | undefined;
  dirty: boolean;
  broken: boolean;
  saving: boolean;
  note: string;
  onNote: (note: string) => void;
  onSave: () => void;
  onActivate: () => void;
}

const isOn = (rule: WholeRule): boolean => ["active", "cannot_fire", "error"].includes(rule.state);

/** What can be done with a rule, in the header of its page. */
export function RuleActions({ rule, dirty, broken, saving, note, onNote, onSave, onActivate }: Props) {
  const mayWrite = useCan("rules.write");
  const maySwitch = useCan("rules.activate");
  const change = useSwitchRule();
  const writable = mayWrite && rule?.origin !== "file";
  const switchOff = () => {
    if (!rule) return;
    change.mutate(
      { rule, on: false, message: note },
      {
        onSuccess: () => toast.success(t("rules.action.deactivated", { title: rule.title })),
        onError: (error) => toast.error(explain(error)),
      },
    );
  };
  return (
    <>
      {writable && (
        <>
          <TextInput
            w={230}
            aria-label={t("rules.action.note")}
            placeholder={t("rules.action.note")}
            value={note}
            maxLength={4096}
            onChange={(event) => onNote(event.currentTarget.value)}
          />
          <Button variant="default" disabled={(rule !== undefined && !dirty) || broken} loading={saving} onClick={onSave}>
            {rule ? t("rules.action.save") : t("rules.action.create")}
          </Button>
        </>
      )}
      {rule && maySwitch && isOn(rule) && (
        <Button variant="default" loading={change.isPending} onClick={switchOff}>
          {t("rules.action.deactivate")}
        </Button>
      )}
      {rule && maySwitch && !isOn(rule) && (
        <Button disabled={broken} onClick={onActivate}>
          {t("rules.action.activate")}
        </Button>
      )}
      {rule && <MoreMenu rule={rule} />}
    </>
  );
}

function MoreMenu({ rule }: { rule: WholeRule }) {
  const mayWrite = useCan("rules.write");
  const maySwitch = useCan("rules.activate");
  const [deleting, setDeleting] = useState(false);
  const level = useSetLevel();
  const remove = useDeleteRule();
  const navigate = useNavigate();
  const setLevel = (next: WholeRule["level"] | null) =>
    level.mutate(
      { rule, level: next },
      {
        onSuccess: (changed) =>
          toast.success(t("rules.action.level.changed", { title: changed.title, level: severityName(changed.level) })),
        onError: (error) => toast.error(explain(error)),
      },
    );
  const doDelete = () =>
    remove.mutate(rule, {
      onSuccess: () => {
        toast.success(t("rules.action.deleted", { title: rule.title }));
        void navigate({ to: "/rules" });
      },
      onError: (error) => {
        setDeleting(false);
        toast.error(explain(error));
      },
    });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t("common.action.more")}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} to={"/alerts"} search={{ rule: rule.id } as never}>
            {t("rules.action.alerts")}
          </Menu.Item>
          {mayWrite && (
            <Menu.Item leftSection={<IconCopy size={14} />} onClick={() => void navigate({ to: "/rules/new", search: (old) => ({ ...old, copy: rule.id }) })}>
              {t("rules.action.copy")}
            </Menu.Item>
          )}
          {maySwitch && rule.origin === "file" && (
            <>
              <Menu.Divider />
              <Menu.Label>{t("rules.action.level")}</Menu.Label>
              {rule.level_replaced && <Menu.Item onClick={() => setLevel(null)}>{t("rules.action.level.file")}</Menu.Item>}
              {levels
                .filter((one) => one !== rule.level)
                .map((one) => (
                  <Menu.Item key={one} onClick={() => setLevel(one)}>
                    {severityName(one)}
                  </Menu.Item>
                ))}
            </>
          )}
          {maySwitch && rule.origin === "book" && (
            <>
              <Menu.Divider />
              <Menu.Item color="red" leftSection={<IconTrash size={14} />} onClick={() => setDeleting(true)}>
                {t("rules.action.delete")}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog
        opened={deleting}
        title={t("rules.delete.title", { title: rule.title })}
        confirm={t("common.action.delete")}
        destructive
        busy={remove.isPending}
        onConfirm={doDelete}
        onClose={() => setDeleting(false)}
      >
        {t("rules.delete.hint")}
      </ConfirmDialog>
    </>
  );
}
