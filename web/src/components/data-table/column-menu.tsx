import { ActionIcon, Menu } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import type { Table } from "@tanstack/react-table";
import { t } from "@/lib/messages";

/** Which columns are shown. */
export function ColumnMenu<T>({ table, onReset }: { table: Table<T>; onReset: () => void }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={24} aria-label={t("common.table.columns")} title={t("common.table.columns")}>
          <IconColumns3 size={15} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflow: "auto" }}>
        <Menu.Label>{t("common.table.columns")}</Menu.Label>
        {table.getAllLeafColumns().map((column) => (
          <Menu.CheckboxItem
            key={column.id}
            checked={column.getIsVisible()}
            disabled={!column.getCanHide()}
            onChange={(visible) => column.toggleVisibility(visible)}
          >
            {String(column.columnDef.header)}
          </Menu.CheckboxItem>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={onReset}>{t("common.table.columns.reset")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
