import { Button, Checkbox, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { useRef, useState, type KeyboardEvent, type SubmitEvent } from "react";
import { KeyHint } from "@/components";
import { t } from "@/lib/messages";
import { keep, kept } from "@/lib/preferences";
import { verdicts, type AlertChange, type Verdict } from "../api/types";
import { verdictName } from "./labels";
import styles from "./dialogs.module.css";

const reasonsKey = "vedette.alerts.reasons";
const mostReasons = 6;

export interface VerdictChange extends AlertChange {
  verdict: Verdict;
  reason: string;
}

interface Props {
  count: number;
  onDecide: (change: VerdictChange) => void;
  onClose: () => void;
}

/** What an alert turned out to be, and why. 1, 2, 3 choose; Enter in the reason decides. */
export function VerdictDialog({ count, onDecide, onClose }: Props) {
  const [verdict, setVerdict] = useState<Verdict>();
  const [reason, setReason] = useState("");
  const [close, setClose] = useState(true);
  const [missing, setMissing] = useState(false);
  const [recent] = useState(() => kept<string[]>(reasonsKey, []));
  const reasonField = useRef<HTMLInputElement>(null);

  const choose = (next: Verdict) => {
    setVerdict(next);
    reasonField.current?.focus();
  };
  const byNumber = (event: KeyboardEvent) => {
    const picked = verdicts[Number(event.key) - 1];
    if (!picked || event.target === reasonField.current) return;
    event.preventDefault();
    choose(picked);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const text = reason.trim();
    if (!verdict || !text) {
      setMissing(true);
      return;
    }
    keep(reasonsKey, [text, ...recent.filter((one) => one !== text)].slice(0, mostReasons));
    onDecide({ verdict, reason: text, ...(close ? { status: "closed" } : { status: "in_progress" }) });
  };
  return (
    <Modal opened onClose={onClose} title={t("alerts.verdict.title", { count })} size="md" closeButtonProps={{ "aria-label": t("common.action.close") }}>
      <form onSubmit={submit} onKeyDown={byNumber}>
        <Radio.Group
          label={t("alerts.verdict.label")}
          value={verdict ?? null}
          onChange={(value) => setVerdict(value)}
          error={missing && !verdict ? t("alerts.verdict.missing") : undefined}
        >
          <Stack gap={6} mt={6}>
            {verdicts.map((one, index) => (
              <Radio
                key={one}
                value={one}
                data-autofocus={index === 0 || undefined}
                label={
                  <span className={styles.choice}>
                    <b>{verdictName(one)}</b> <KeyHint keys={String(index + 1)} />
                    <span className={styles.hint}>{t(`alerts.verdict.${one}.hint`)}</span>
                  </span>
                }
              />
            ))}
          </Stack>
        </Radio.Group>
        <TextInput
          ref={reasonField}
          mt="sm"
          label={t("alerts.verdict.reason")}
          placeholder={t("alerts.verdict.reason.placeholder")}
          maxLength={4000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={missing && !reason.trim() ? t("alerts.verdict.reason.missing") : undefined}
        />
        {recent.length > 0 && (
          <div className={styles.recent} aria-label={t("alerts.verdict.recent")} role="group">
            {recent.map((one) => (
              <button key={one} type="button" className={styles.recentOne} onClick={() => setReason(one)} title={one}>
                {one}
              </button>
            ))}
          </div>
        )}
        <Checkbox mt="sm" label={t("alerts.verdict.close")} checked={close} onChange={(event) => setClose(event.currentTarget.checked)} />
        <Group justify="flex-end" gap="xs" mt="md">
          <Button variant="default" onClick={onClose}>
            {t("common.action.cancel")}
          </Button>
          <Button type="submit">{t("alerts.verdict.submit")}</Button>
        </Group>
      </form>
    </Modal>
  );
}
