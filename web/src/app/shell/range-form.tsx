import { ActionIcon, Button, Group, TextInput } from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { useId, useRef, useState, type SubmitEvent } from "react";
import { t } from "@/lib/messages";
import { formatTime, isRelative, parsePoint, resolvePoint, useZone, type TimeRange } from "@/lib/time";
import styles from "./range-picker.module.css";

interface Props {
  range: TimeRange;
  onChoose: (range: TimeRange) => void;
}

const written = (point: string, zone: string): string =>
  point === "" || isRelative(point) ? point : formatTime(point, zone);

/** Start and end as text, or picked from the browser's calendar. */
export function RangeForm({ range, onChoose }: Props) {
  const zone = useZone();
  const [from, setFrom] = useState(() => written(range.from, zone));
  const [to, setTo] = useState(() => written(range.to, zone));
  const [fault, setFault] = useState<{ field: "from" | "to"; text: string }>();

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const start = from.trim() === "" ? "" : parsePoint(from, zone);
    const end = to.trim() === "" ? "now" : parsePoint(to, zone);
    if (start === undefined) return setFault({ field: "from", text: t("shell.range.invalid") });
    if (end === undefined) return setFault({ field: "to", text: t("shell.range.invalid") });
    const now = Date.now();
    if ((resolvePoint(start, now) ?? -Infinity) >= (resolvePoint(end, now) ?? Infinity)) {
      return setFault({ field: "to", text: t("shell.range.order") });
    }
    onChoose({ from: start, to: end });
  };
  return (
    <form onSubmit={submit} className={styles.form}>
      <PointInput label={t("shell.range.from")} pick={t("shell.range.pick.from")} value={from} onChange={setFrom} error={fault?.field === "from" && fault.text} />
      <PointInput label={t("shell.range.to")} pick={t("shell.range.pick.to")} value={to} onChange={setTo} error={fault?.field === "to" && fault.text} />
      <div className={styles.hint}>{t("shell.range.hint")}</div>
      <Group justify="flex-end">
        <Button type="submit">{t("common.action.apply")}</Button>
      </Group>
    </form>
  );
}

interface PointProps {
  label: string;
  pick: string;
  value: string;
  onChange: (value: string) => void;
  error: string | false | undefined;
}

function PointInput({ label, pick, value, onChange, error }: PointProps) {
  const calendar = useRef<HTMLInputElement>(null);
  const id = useId();
  return (
    <div className={styles.point}>
      <TextInput
        id={id}
        label={label}
        value={value}
        error={error}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.currentTarget.value)}
        rightSection={
          <ActionIcon size="sm" aria-label={pick} onClick={() => calendar.current?.showPicker()}>
            <IconCalendar size={14} />
          </ActionIcon>
        }
      />
      <input
        ref={calendar}
        type="datetime-local"
        step={1}
        tabIndex={-1}
        aria-hidden="true"
        className={styles.calendar}
        onChange={(event) => onChange(event.currentTarget.value.replace("T", " "))}
      />
    </div>
  );
}
