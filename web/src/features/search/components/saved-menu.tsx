import { ActionIcon, Button, Checkbox, Group, Menu, Modal, Textarea, TextInput } from "@mantine/core";
import { IconBookmark, IconDeviceFloppy, IconTrash } from "@tabler/icons-react";
import { useState, type SubmitEvent } from "react";
import type { Schema } from "@/api-client";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { useDeleteSearch, useSavedSearches, useSaveSearch, type SavedSearch } from "../api/saved-searches";
import styles from "./toolbar.module.css";

interface Props {
  /** What would be saved now, but for its name. */
  current: () => Omit<Schema<"NewSavedSearch">, "name">;
  onOpen: (saved: SavedSearch) => void;
}

/** Searches of one's own and those that others share. */
export function SavedMenu({ current, onOpen }: Props) {
  const [opened, setOpened] = useState(false);
  const [saving, setSaving] = useState(false);
  const mayWrite = useCan("searches.write");
  const list = useSavedSearches(opened);
  const remove = useDeleteSearch();
  const item = (saved: SavedSearch) => (
    <div key={saved.id} className={styles.entry}>
      <Menu.Item
        onClick={() => onOpen(saved)}
        rightSection={saved.mine ? undefined : <span className={styles.owner}>{saved.owner_name}</span>}
      >
        <span className={styles.entryName}>{saved.name}</span>
        <span className={styles.entryQuery}>{saved.query || "*"}</span>
      </Menu.Item>
      {saved.mine && mayWrite && (
        <ActionIcon size="sm" aria-label={t("search.saved.delete", { name: saved.name })} onClick={() => remove.mutate(saved)}>
          <IconTrash size={13} />
        </ActionIcon>
      )}
    </div>
  );
  const mine = list.data?.mine ?? [];
  const shared = list.data?.shared ?? [];
  return (
    <>
      <Menu opened={opened} onChange={setOpened} position="bottom-end" width={340}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconBookmark size={14} />}>
            {t("search.saved")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={styles.menu}>
          {mayWrite && (
            <>
              <Menu.Item leftSection={<IconDeviceFloppy size={14} />} onClick={() => setSaving(true)}>
                {t("search.saved.save")}
              </Menu.Item>
              <Menu.Divider />
            </>
          )}
          {list.error ? <Menu.Label>{explain(list.error)}</Menu.Label> : null}
          {list.isSuccess && mine.length + shared.length === 0 && <Menu.Label>{t("search.saved.none")}</Menu.Label>}
          {mine.length > 0 && <Menu.Label>{t("search.saved.mine")}</Menu.Label>}
          {mine.map(item)}
          {shared.length > 0 && <Menu.Label>{t("search.saved.shared")}</Menu.Label>}
          {shared.map(item)}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={saving}
        onClose={() => setSaving(false)}
        title={t("search.saved.save")}
        closeButtonProps={{ "aria-label": t("common.action.close") }}
      >
        <SaveForm current={current} onDone={() => setSaving(false)} />
      </Modal>
    </>
  );
}

function SaveForm({ current, onDone }: { current: Props["current"]; onDone: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [shared, setShared] = useState(false);
  const save = useSaveSearch(onDone);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate({ ...current(), name: name.trim(), shared, ...(description.trim() === "" ? {} : { description: description.trim() }) });
  };
  return (
    <form onSubmit={submit} className={styles.form}>
      <TextInput label={t("search.saved.name")} required maxLength={200} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Textarea label={t("search.saved.description")} maxLength={2000} autosize minRows={2} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
      <Checkbox label={t("search.saved.share")} checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
      {save.error ? <div role="alert" className={styles.fault}>{explain(save.error)}</div> : null}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone}>
          {t("common.action.cancel")}
        </Button>
        <Button type="submit" loading={save.isPending}>
          {t("common.action.save")}
        </Button>
      </Group>
    </form>
  );
}
