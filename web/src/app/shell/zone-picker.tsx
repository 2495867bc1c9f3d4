import { Select } from "@mantine/core";
import { useMemo } from "react";
import { t } from "@/lib/messages";
import { preferences, usePreferences } from "@/lib/preferences";
import { browserZone, zoneNames } from "@/lib/time";

/** In which zone times are shown and read. */
export function ZonePicker() {
  const { timeZone } = usePreferences();
  const choices = useMemo(
    () => [
      { value: "browser", label: t("shell.zone.browser", { zone: browserZone() }) },
      ...zoneNames().map((name) => ({ value: name, label: name })),
    ],
    [],
  );
  return (
    <Select
      label={t("shell.zone.label")}
      data={choices}
      value={timeZone}
      searchable
      limit={60}
      allowDeselect={false}
      comboboxProps={{ withinPortal: false }}
      onChange={(name) => preferences.change({ timeZone: name ?? "browser" })}
    />
  );
}
