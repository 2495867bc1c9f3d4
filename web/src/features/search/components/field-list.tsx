import { ActionIcon, TextInput } from "@mantine/core";
import { IconChevronRight, IconColumnInsertRight, IconColumnRemove, IconSearch, IconStack2 } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import type { Schema } from "@/api-client";
import { t } from "@/lib/messages";
import { formatCompact } from "@/lib/numbers";
import type { TimeRange } from "@/lib/time";
import { summaryFields } from "../model/summary";
import styles from "./field-list.module.css";
import { FieldValues } from "./field-values";

type Field = Schema<"FieldList">["fields"][number];

interface Props {
  fields: readonly Field[];
  columns: readonly string[];
  filter: string;
  range: TimeRange;
  onToggleColumn: (field: string) => void;
  onBreakdown: (field: string) => void;
}

const kindMarks: Record<string, string> = { text: "t", integer: "#", real: "#", boolean: "b" };
const markOf = (field: Field): string =>
  field.conflict ? "!" : (kindMarks[Object.keys(field.kinds)[0] ?? ""] ?? "?");

const own = new Set(["_id", "@timestamp"]);

function arrange(fields: readonly Field[], columns: readonly string[], wanted: string): Field[] {
  const needle = wanted.trim().toLowerCase();
  // Columns, then what is asked for most, then dotted names, then what sources call their fields themselves.
  const first = new Map<string, number>([...columns, ...summaryFields].reverse().map((name, index) => [name, -index - 1]));
  const place = ({ name }: Field) => first.get(name) ?? (name.includes(".") ? 1 : 2);
  return fields
    .filter(({ name }) => !own.has(name) && (needle === "" || name.toLowerCase().includes(needle)))
    .sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
}

/** The fields of the range: their top values, as columns, as breakdown. */
export function FieldList({ fields, columns, filter, range, onToggleColumn, onBreakdown }: Props) {
  const [wanted, setWanted] = useState("");
  const [open, setOpen] = useState<string>();
  const scroller = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => arrange(fields, columns, wanted), [fields, columns, wanted]);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 26,
    getItemKey: (index) => shown[index]?.name ?? index,
    overscan: 10,
  });
  return (
    <aside className={styles.list} aria-label={t("search.fields")}>
      <TextInput
        className={styles.find}
        aria-label={t("search.fields.find")}
        placeholder={t("search.fields.find")}
        leftSection={<IconSearch size={13} />}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      <div ref={scroller} className={styles.scroller}>
        {shown.length === 0 && <div className={styles.none}>{t("search.fields.none")}</div>}
        <ul className={styles.items} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const field = shown[item.index];
            if (!field) return null;
            const isColumn = columns.includes(field.name);
            const isOpen = open === field.name;
            return (
              <li key={item.key} ref={virtual.measureElement} data-index={item.index} style={{ transform: `translateY(${item.start}px)` }}>
                <div className={styles.field} data-chosen={isColumn || undefined}>
                  <button
                    type="button"
                    className={styles.name}
                    aria-expanded={isOpen}
                    title={field.conflict ? t("search.fields.conflict", { field: field.name }) : field.name}
                    onClick={() => setOpen(isOpen ? undefined : field.name)}
                  >
                    <IconChevronRight size={12} className={styles.arrow} aria-hidden />
                    <span aria-hidden className={styles.kind} data-conflict={field.conflict || undefined}>
                      {markOf(field)}
                    </span>
                    <span className={styles.text}>{field.name}</span>
                  </button>
                  <span className={styles.count}>{formatCompact(field.rows)}</span>
                  <span className={styles.actions}>
                    <ActionIcon size={20} aria-label={t("search.breakdown.by", { field: field.name })} title={t("search.breakdown.by", { field: field.name })} onClick={() => onBreakdown(field.name)}>
                      <IconStack2 size={13} />
                    </ActionIcon>
                    <ActionIcon
                      size={20}
                      aria-pressed={isColumn}
                      aria-label={t(isColumn ? "search.column.remove" : "search.column.add", { field: field.name })}
                      title={t(isColumn ? "search.column.remove" : "search.column.add", { field: field.name })}
                      onClick={() => onToggleColumn(field.name)}
                    >
                      {isColumn ? <IconColumnRemove size={13} /> : <IconColumnInsertRight size={13} />}
                    </ActionIcon>
                  </span>
                </div>
                {isOpen && <FieldValues field={field.name} filter={filter} range={range} />}
              </li>
            );
          })}
        </ul>
      </div>
    </aside>
  );
}
