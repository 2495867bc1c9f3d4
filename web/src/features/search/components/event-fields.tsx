import { ActionIcon, TextInput } from "@mantine/core";
import { IconColumnInsertRight, IconColumnRemove } from "@tabler/icons-react";
import { useState } from "react";
import type { Row } from "@/api-client";
import { Value } from "@/components";
import { t } from "@/lib/messages";
import { textOfValue } from "@/lib/values";
import styles from "./event-drawer.module.css";

interface Props {
  row: Row;
  columns: readonly string[];
  onToggleColumn: (field: string) => void;
}

const hidden = new Set(["event.original"]);

/** Names and values, each with its menu. */
export function EventFields({ row, columns, onToggleColumn }: Props) {
  const [wanted, setWanted] = useState("");
  const needle = wanted.trim().toLowerCase();
  const shown = Object.entries(row)
    .filter(([field]) => !hidden.has(field))
    .filter(([field, value]) => needle === "" || field.toLowerCase().includes(needle) || textOfValue(value).toLowerCase().includes(needle))
    .sort(([a], [b]) => a.localeCompare(b));
  return (
    <>
      <TextInput
        mb={6}
        aria-label={t("search.event.find")}
        placeholder={t("search.event.find")}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      <table className={styles.fields}>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">{t("search.event.field")}</th>
            <th scope="col">{t("search.event.value")}</th>
            <th scope="col">{t("search.event.column")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(([field, value]) => {
            const isColumn = columns.includes(field);
            const label = t(isColumn ? "search.column.remove" : "search.column.add", { field });
            return (
              <tr key={field}>
                <th scope="row">{field}</th>
                <td>
                  <Values field={field} value={value} />
                </td>
                <td className={styles.toggle}>
                  <ActionIcon size={20} aria-pressed={isColumn} aria-label={label} title={label} onClick={() => onToggleColumn(field)}>
                    {isColumn ? <IconColumnRemove size={13} /> : <IconColumnInsertRight size={13} />}
                  </ActionIcon>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

function Values({ field, value }: { field: string; value: unknown }) {
  if (!Array.isArray(value) || value.length === 0) return <Value field={field} value={value} wrap />;
  return (
    <span className={styles.several}>
      {(value as unknown[]).map((one, index) => (
        <Value key={index} field={field} value={one} wrap />
      ))}
    </span>
  );
}
