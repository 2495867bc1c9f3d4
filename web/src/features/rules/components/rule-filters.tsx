import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useRef } from "react";
import { levels, severityName } from "@/components";
import { useShortcuts } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import { states, type RuleFilters } from "../api/filters";
import type { Rule } from "../api/rules";
import styles from "./rules.module.css";

interface Props {
  filters: RuleFilters;
  onChange: (change: RuleFilters) => void;
  rules: readonly Rule[];
}

const origins = ["file", "book"] as const;

export function RuleFilterBar({ filters, onChange, rules }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useShortcuts([{ keys: "/", label: t("rules.shortcut.find"), group: t("rules.group"), run: () => input.current?.focus() }]);
  const used = states.filter((state) => state === filters.state || rules.some((rule) => rule.state === state));
  return (
    <div className={styles.filters}>
      <TextInput
        ref={input}
        w={280}
        aria-label={t("rules.find.label")}
        placeholder={t("rules.find")}
        leftSection={<IconSearch size={14} />}
        value={filters.q ?? ""}
        onChange={(event) => onChange({ q: event.currentTarget.value || undefined })}
      />
      <div className={styles.chips} role="group" aria-label={t("rules.filter.state")}>
        {used.map((state) => (
          <button
            key={state}
            type="button"
            className={styles.chip}
            aria-pressed={filters.state === state}
            onClick={() => onChange({ state: filters.state === state ? undefined : state })}
          >
            {t(`rules.state.${state}`)}
            <span className={styles.count}>{formatCount(rules.filter((rule) => rule.state === state).length)}</span>
          </button>
        ))}
      </div>
      <Select
        w={130}
        aria-label={t("rules.filter.level")}
        placeholder={t("rules.filter.level")}
        clearable
        data={levels.map((level) => ({ value: level, label: severityName(level) }))}
        value={filters.level ?? null}
        onChange={(level) => onChange({ level: levels.find((one) => one === level) })}
      />
      <Select
        w={130}
        aria-label={t("rules.filter.origin")}
        placeholder={t("rules.filter.origin")}
        clearable
        data={origins.map((origin) => ({ value: origin, label: t(`rules.origin.${origin}`) }))}
        value={filters.origin ?? null}
        onChange={(origin) => onChange({ origin: origins.find((one) => one === origin) })}
      />
      <Checkbox
        label={t("rules.filter.costly")}
        checked={filters.costly ?? false}
        onChange={(event) => onChange({ costly: event.currentTarget.checked || undefined })}
      />
      {filters.technique !== undefined && (
        <Button variant="light" size="compact-xs" rightSection={<IconX size={12} />} onClick={() => onChange({ technique: undefined })}>
          {t("rules.filter.technique", { technique: filters.technique })}
        </Button>
      )}
      {filters.tactic !== undefined && (
        <Button variant="light" size="compact-xs" rightSection={<IconX size={12} />} onClick={() => onChange({ tactic: undefined })}>
          {t("rules.filter.tactic", { tactic: filters.tactic })}
        </Button>
      )}
    </div>
  );
}
