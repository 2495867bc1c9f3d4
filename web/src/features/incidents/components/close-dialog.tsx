import { Button, Group, Modal, Radio, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { t } from "@/lib/messages";
import { classifications, type Classification, type IncidentChange } from "../api/types";
import { classificationName } from "./labels";

interface Props {
  count: number;
  onDecide: (change: IncidentChange) => void;
  onClose: () => void;
}

/** Closing says what it was, and how it ended. */
export function CloseDialog({ count, onDecide, onClose }: Props) {
  const [classification, setClassification] = useState<Classification>();
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  return (
    <Modal opened onClose={onClose} title={t("incidents.close.title", { count })} closeButtonProps={{ "aria-label": t("common.action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!classification || !note.trim()) setMissing(true);
          else onDecide({ status: "closed", classification, closing_note: note.trim() });
        }}
      >
        <Radio.Group
          label={t("incidents.close.what")}
          value={classification ?? null}
          onChange={setClassification}
          error={missing && !classification ? t("incidents.close.what.missing") : undefined}
        >
          <Stack gap={6} mt={6}>
            {classifications.map((one, index) => (
              <Radio key={one} value={one} label={classificationName(one)} data-autofocus={index === 0 || undefined} />
            ))}
          </Stack>
        </Radio.Group>
        <Textarea
          mt="sm"
          label={t("incidents.close.note")}
          placeholder={t("incidents.close.note.placeholder")}
          autosize
          minRows={3}
          maxLength={10_000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          error={missing && !note.trim() ? t("incidents.close.note.missing") : undefined}
        />
        <Group justify="flex-end" gap="xs" mt="md">
          <Button variant="default" onClick={onClose}>
            {t("common.action.cancel")}
          </Button>
          <Button type="submit">{t("incidents.close.submit")}</Button>
        </Group>
      </form>
    </Modal>
  );
}
