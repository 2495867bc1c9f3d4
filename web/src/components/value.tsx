import { Menu } from "@mantine/core";
import { IconArrowRight, IconCopy, IconFilter, IconFilterOff, IconSearch, IconShieldSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { createContext, use, type ReactNode } from "react";
import { copyText } from "@/lib/clipboard";
import { t } from "@/lib/messages";
import { entityKindOf, isIndicatorField } from "@/lib/router/pivots";
import { filterText, textOfValue, type FilterMode } from "@/lib/values";
import styles from "./value.module.css";


export type { FilterMode };

/** How the values below change the query of their page. Without it, values lead to a new search. */
export const ValueFilterContext = createContext<((field: string, value: unknown, mode: FilterMode) => void) | null>(null);

interface Props {
  field: string;
  value: unknown;
  /** What to show instead of the plain text, for instance a highlighted one. */
  children?: ReactNode;
  wrap?: boolean;
}

/** A value of a log with its menu. The value is only ever text: no markup, no address. */
export function Value({ field, value, children, wrap = false }: Props) {
  const text = textOfValue(value);
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <button
          type="button"
          className={wrap ? styles.wrapped : styles.value}
          title={text}
          aria-label={t("common.value.menu", { value: text.slice(0, 120) })}
        >
          {children ?? (text || <i className={styles.empty}>{t("common.value.empty")}</i>)}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <ValueActions field={field} value={value} text={text} />
      </Menu.Dropdown>
    </Menu>
  );
}

function ValueActions({ field, value, text }: { field: string; value: unknown; text: string }) {
  const navigate = useNavigate();
  const filterHere = use(ValueFilterContext);
  const kind = entityKindOf(field);
  const filter = (mode: FilterMode) => {
    if (filterHere) filterHere(field, value, mode);
    else void navigate({ to: "/search", search: { query: filterText(field, value, mode) } as never });
  };
  return (
    <>
      <Menu.Label className={styles.label}>
        <span className={styles.field}>{field}</span> {text.slice(0, 80)}
      </Menu.Label>
      <Menu.Item leftSection={<IconFilter size={14} />} onClick={() => filter("include")}>
        {t("common.value.include")}
      </Menu.Item>
      <Menu.Item leftSection={<IconFilterOff size={14} />} onClick={() => filter("exclude")}>
        {t("common.value.exclude")}
      </Menu.Item>
      <Menu.Item leftSection={<IconSearch size={14} />} onClick={() => filter("only")}>
        {t("common.value.only")}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item leftSection={<IconCopy size={14} />} onClick={() => void copyText(text)}>
        {t("common.value.copy")}
      </Menu.Item>
      <Menu.Item leftSection={<IconCopy size={14} />} onClick={() => void copyText(filterText(field, value, "only"))}>
        {t("common.value.copy.field")}
      </Menu.Item>
      {kind && (
        <Menu.Item
          leftSection={<IconArrowRight size={14} />}
          onClick={() => void navigate({ to: "/entities/$kind/$value", params: { kind, value: text } as never })}
        >
          {t("common.value.entity")}
        </Menu.Item>
      )}
      {isIndicatorField(field) && (
        <Menu.Item
          leftSection={<IconShieldSearch size={14} />}
          onClick={() => void navigate({ to: "/admin/intel" as never, search: { look: text } as never })}
        >
          {t("common.value.lookup")}
        </Menu.Item>
      )}
    </>
  );
}
