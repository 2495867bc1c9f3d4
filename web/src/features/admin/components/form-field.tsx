import { Checkbox, Chip, Group, Input, MultiSelect, NumberInput, PasswordInput, SegmentedControl, Select, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { textIn } from "../api/values";
import styles from "./admin.module.css";

export interface Option {
  value: string;
  label: string;
  hint?: string;
}

export type Values = Record<string, unknown>;

export interface Field {
  name: string;
  label: string;
  kind: "text" | "password" | "lines" | "number" | "switch" | "select" | "multi" | "checks" | "tags" | "choice" | "chips" | "time";
  hint?: string;
  options?: readonly Option[];
  required?: boolean;
  disabled?: boolean;
  step?: number;
  /** What is wrong with a value, before it is sent. */
  check?: (value: unknown, values: Values) => string | undefined;
  /** Whether it is asked for at all. */
  when?: (values: Values) => boolean;
  /** Where the node finds it, if not at its name. */
  pointer?: string;
  /** Begins a part of the form. */
  heading?: string;
  /** Of the row; all of it if left out. */
  width?: "sixth" | "third" | "half";
  placeholder?: string;
  /** What ends one of the tags, beside Enter. */
  split?: readonly string[];
}

interface Props {
  field: Field;
  value: unknown;
  error: string | undefined;
  disabled: boolean;
  first: boolean;
  onChange: (value: unknown) => void;
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const single = (option: Option) => ({ value: option.value, label: option.label });

/** One field of a form, by its kind. */
export function FormField({ field, value, error, disabled, first, onChange }: Props) {
  const { kind, label, hint, options = [], required = false } = field;
  const common = {
    label,
    description: hint,
    error,
    disabled: disabled || field.disabled === true,
    required,
    ...(field.placeholder === undefined ? {} : { placeholder: field.placeholder }),
    ...(first ? { "data-autofocus": true } : {}),
  };
  switch (kind) {
    case "text":
      return <TextInput {...common} value={textIn(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
    case "password":
      return <PasswordInput {...common} autoComplete="new-password" value={textIn(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
    case "lines":
      return <Textarea {...common} autosize minRows={4} maxRows={14} value={textIn(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
    case "number":
      return <NumberInput {...common} size="xs" step={field.step ?? 1} value={typeof value === "number" ? value : ""} onChange={onChange} />;
    case "switch":
      return <Switch label={label} description={hint} disabled={common.disabled} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "select":
      return <Select {...common} allowDeselect={false} data={options.map(single)} value={textIn(value) || null} onChange={onChange} />;
    case "multi":
      return <MultiSelect {...common} searchable data={options.map(single)} value={list(value)} onChange={onChange} />;
    case "tags":
      return <TagsInput {...common} size="xs" data={options.map(({ value: known }) => known)} splitChars={[...(field.split ?? [",", " "])]} acceptValueOnBlur value={list(value)} onChange={onChange} />;
    case "time":
      return <TextInput {...common} type="time" value={textIn(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
    case "choice":
      return (
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={label}
          disabled={common.disabled}
          data={options.map(single)}
          value={textIn(value)}
          onChange={onChange}
        />
      );
    case "chips":
      return (
        <Input.Wrapper label={label} description={hint} error={error} size="xs" role="group" aria-label={label}>
          <Group gap={5} mt={5}>
            <Chip.Group multiple value={list(value)} onChange={onChange}>
              {options.map((option) => (
                <Chip key={option.value} value={option.value} size="xs" radius="sm" disabled={common.disabled}>
                  {option.label}
                </Chip>
              ))}
            </Chip.Group>
          </Group>
        </Input.Wrapper>
      );
    case "checks":
      return (
        <Checkbox.Group value={list(value)} onChange={onChange} label={label} error={error} size="xs">
          <div className={styles.checks}>
            {options.map((option) => (
              <Checkbox key={option.value} value={option.value} label={option.label} description={option.hint} disabled={common.disabled} />
            ))}
          </div>
        </Checkbox.Group>
      );
  }
}
