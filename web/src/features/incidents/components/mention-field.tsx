import { Textarea } from "@mantine/core";
import { useId, useRef, useState } from "react";
import { t } from "@/lib/messages";
import { useUserNames } from "../api/queries";
import styles from "./mention-field.module.css";

interface Props {
  label: string;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
  /** Ctrl+Enter. */
  onSubmit: () => void;
}

const open = /(?:^|\s)@([\w.-]*)$/;
const mostNames = 6;

/** A text that offers names of users after an @. */
export function MentionField({ label, placeholder, value, onChange, onSubmit }: Props) {
  const names = useUserNames();
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const [begun, setBegun] = useState<string>();
  const [at, setAt] = useState(0);
  const offered = begun === undefined ? [] : names.filter((name) => name.toLowerCase().startsWith(begun.toLowerCase())).slice(0, mostNames);
  const look = (text: string, caret: number) => {
    setBegun(open.exec(text.slice(0, caret))?.[1]);
    setAt(0);
  };
  const take = (name: string) => {
    const caret = field.current?.selectionStart ?? value.length;
    const before = value.slice(0, caret).replace(/@[\w.-]*$/, `@${name} `);
    onChange(before + value.slice(caret));
    setBegun(undefined);
    field.current?.focus();
  };
  return (
    <div className={styles.whole}>
      <Textarea
        ref={field}
        label={label}
        placeholder={placeholder ?? ""}
        autosize
        minRows={3}
        maxLength={20_000}
        value={value}
        aria-autocomplete="list"
        aria-controls={offered.length > 0 ? listId : undefined}
        onChange={(event) => {
          onChange(event.currentTarget.value);
          look(event.currentTarget.value, event.currentTarget.selectionStart);
        }}
        onBlur={() => setBegun(undefined)}
        onKeyDown={(event) => {
          const picked = offered[at];
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSubmit();
          else if (picked !== undefined && (event.key === "Enter" || event.key === "Tab")) take(picked);
          else if (picked !== undefined && event.key === "ArrowDown") setAt((at + 1) % offered.length);
          else if (picked !== undefined && event.key === "ArrowUp") setAt((at + offered.length - 1) % offered.length);
          else if (event.key === "Escape" && begun !== undefined) setBegun(undefined);
          else return;
          event.preventDefault();
        }}
      />
      {offered.length > 0 && (
        <ul id={listId} role="listbox" aria-label={t("incidents.mention")} className={styles.list}>
          {offered.map((name, index) => (
            <li key={name} role="option" aria-selected={index === at} className={styles.option} onMouseDown={(event) => {
              event.preventDefault();
              take(name);
            }}>
              @{name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
