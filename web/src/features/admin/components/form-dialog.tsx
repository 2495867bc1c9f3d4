import { Button, Group, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Fragment, useState, type ReactNode } from "react";
import { ApiProblem } from "@/api-client";
import { explain } from "@/components";
import { t } from "@/lib/messages";
import { FormField, type Field, type Values } from "./form-field";
import styles from "./admin.module.css";

interface Props {
  title: string;
  fields: readonly Field[];
  initial: Values;
  /** Undefined: it can only be looked at. */
  onSubmit?: ((values: Values) => Promise<unknown>) | undefined;
  onClose: () => void;
  submit?: string;
  size?: number;
  /** At the left of the buttons: delete. */
  aside?: ReactNode;
  children?: ReactNode;
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

const pointerOf = (field: Field): string => field.pointer ?? `/${field.name}`;

const messageOf = (error: unknown, fields: readonly Field[]): string | undefined => {
  if (error === null || error === undefined) return undefined;
  if (!(error instanceof ApiProblem)) return explain(error);
  if (error.status === 412) return t("admin.form.conflict");
  const atField = fields.some((field) => error.errorOf(pointerOf(field)) !== undefined);
  return atField ? undefined : (error.errors[0]?.message ?? explain(error));
};

/** A form in a dialog; what the node finds wrong stands at its field. */
export function FormDialog({ title, fields, initial, onSubmit, onClose, submit = t("common.action.save"), size = 560, aside, children }: Props) {
  const [values, setValues] = useState<Values>(initial);
  const shown = fields.filter((field) => field.when?.(values) ?? true);
  const [tried, setTried] = useState(false);
  const save = useMutation({ mutationFn: async (all: Values) => onSubmit?.(all), onSuccess: onClose });
  const wrong = (field: Field): string | undefined => {
    const value = values[field.name];
    if (field.required && isEmpty(value)) return t("admin.form.required");
    return field.check?.(value, values);
  };
  const send = () => {
    setTried(true);
    if (shown.every((field) => wrong(field) === undefined)) save.mutate(values);
  };
  const problem = save.error instanceof ApiProblem ? save.error : undefined;
  const general = messageOf(save.error, shown);
  return (
    <Modal opened onClose={onClose} title={title} size={size} closeButtonProps={{ "aria-label": t("common.action.close") }}>
      <form
        noValidate
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {children}
        {shown.map((field, index) => (
          <Fragment key={field.name}>
            {field.heading !== undefined && <h3 className={styles.formHeading}>{field.heading}</h3>}
            <div className={styles.field} data-width={field.width}>
              <FormField
                field={field}
                value={values[field.name]}
                error={(tried ? wrong(field) : undefined) ?? problem?.errorOf(pointerOf(field))}
                disabled={!onSubmit}
                first={index === 0}
                onChange={(value) => setValues((old) => ({ ...old, [field.name]: value }))}
              />
            </div>
          </Fragment>
        ))}
        {general !== undefined && (
          <div role="alert" className={styles.bad}>
            {general}
          </div>
        )}
        <Group gap="xs">
          {aside}
          <Group gap="xs" ml="auto">
            <Button variant="default" onClick={onClose}>
              {onSubmit ? t("common.action.cancel") : t("common.action.close")}
            </Button>
            {onSubmit && (
              <Button type="submit" loading={save.isPending}>
                {submit}
              </Button>
            )}
          </Group>
        </Group>
      </form>
    </Modal>
  );
}
