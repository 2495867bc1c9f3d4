import { Alert as Notice, Button, Checkbox, Group, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";
import { useCreateException, usePreview } from "../api/exceptions";
import type { Alert } from "../api/types";
import { choicesOf, conditionOf } from "../lib/exception";
import styles from "./dialogs.module.css";
import { PreviewResult } from "./suppress-preview";

const day = 86_400_000;
const spans = ["7", "30", "90", "365"];
const lives = ["7", "30", "90", "never"];

/** An exception made from an alert; what it would have hidden is looked at before it holds. */
export function SuppressDialog({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const choices = choicesOf(alert);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(choices.filter(({ field }) => ["host.name", "user.name", "process.executable", "source.ip"].includes(field)).map(({ field }) => field)),
  );
  const [written, setWritten] = useState<string>();
  const [everyRule, setEveryRule] = useState(false);
  const [span, setSpan] = useState("30");
  const [life, setLife] = useState("30");
  const [reason, setReason] = useState("");
  const preview = usePreview();
  const create = useCreateException();
  const condition = written ?? conditionOf(choices.filter(({ field }) => chosen.has(field)));
  const rules = everyRule ? [] : [alert.rule.id];
  const ready = written !== undefined || chosen.size > 0;

  const choose = (field: string) => {
    preview.reset();
    setWritten(undefined);
    setChosen((old) => {
      const next = new Set(old);
      if (!next.delete(field)) next.add(field);
      return next;
    });
  };
  const look = () => {
    const to = Date.now();
    preview.mutate({ condition, rules, from: new Date(to - Number(span) * day).toISOString(), to: new Date(to).toISOString() });
  };
  const make = () =>
    create.mutate(
      { condition, rules, reason: reason.trim(), expires: life === "never" ? null : new Date(Date.now() + Number(life) * day).toISOString() },
      {
        onSuccess: () => {
          toast.success(t("alerts.suppress.done"));
          onClose();
        },
      },
    );
  const spanData = spans.map((value) => ({ value, label: t("alerts.suppress.days", { count: Number(value) }) }));
  const lifeData = lives.map((value) => ({
    value,
    label: value === "never" ? t("alerts.suppress.never") : t("alerts.suppress.days", { count: Number(value) }),
  }));
  const fault = preview.error ?? create.error;
  return (
    <Modal opened onClose={onClose} size={920} title={t("alerts.suppress.title", { rule: alert.rule.title })} closeButtonProps={{ "aria-label": t("common.action.close") }}>
      <div className={styles.two}>
        <div>
          <div id="suppress-fields">{t("alerts.suppress.fields")}</div>
          <div className={styles.fields} role="group" aria-labelledby="suppress-fields">
            {choices.map(({ field, value, matched }) => (
              <Checkbox
                key={field}
                checked={chosen.has(field)}
                onChange={() => choose(field)}
                label={
                  <>
                    <span className={styles.fieldName}>{field}</span> <span className={styles.fieldValue}>{value.slice(0, 300)}</span>
                    {matched && <span className={styles.sub}> {t("alerts.suppress.matched")}</span>}
                  </>
                }
              />
            ))}
          </div>
          <Textarea
            label={t("alerts.suppress.condition")}
            description={t("alerts.suppress.condition.hint")}
            autosize
            minRows={5}
            maxRows={10}
            spellCheck={false}
            styles={{ input: { fontFamily: "var(--v-mono)", fontSize: 12 } }}
            value={condition}
            onChange={(event) => {
              preview.reset();
              setWritten(event.currentTarget.value);
            }}
          />
          <Checkbox mt="sm" label={t("alerts.suppress.all")} checked={everyRule} onChange={(event) => setEveryRule(event.currentTarget.checked)} />
          <TextInput
            mt="sm"
            required
            label={t("alerts.suppress.reason")}
            placeholder={t("alerts.suppress.reason.placeholder")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Select mt="sm" label={t("alerts.suppress.life")} allowDeselect={false} data={lifeData} value={life} onChange={(value) => setLife(value ?? "30")} />
        </div>
        <div className={styles.preview}>
          <div className={styles.previewHead}>
            <Select aria-label={t("alerts.suppress.span")} allowDeselect={false} data={spanData.map((one) => ({ ...one, label: t("alerts.suppress.last", { span: one.label }) }))} value={span} onChange={(value) => setSpan(value ?? "30")} w={150} />
            <Button variant="default" onClick={look} loading={preview.isPending} disabled={!ready}>
              {t("alerts.suppress.preview")}
            </Button>
          </div>
          {preview.data ? <PreviewResult result={preview.data} /> : <p className={styles.sub}>{t("alerts.suppress.preview.hint")}</p>}
          {fault !== null && (
            <Notice color="red" role="alert">
              {explain(fault)}
            </Notice>
          )}
        </div>
      </div>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onClose}>
          {t("common.action.cancel")}
        </Button>
        <Button onClick={make} loading={create.isPending} disabled={!preview.data || !reason.trim()} title={preview.data ? undefined : t("alerts.suppress.first")}>
          {t("alerts.suppress.submit")}
        </Button>
      </Group>
    </Modal>
  );
}
