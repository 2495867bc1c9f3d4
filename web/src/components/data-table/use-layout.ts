import { getCoreRowModel, useReactTable, type ColumnDef, type ColumnSizingState, type VisibilityState } from "@tanstack/react-table";
import { useEffect, useMemo, useState } from "react";
import { keep, kept } from "@/lib/preferences";
import type { Column } from "./types";

interface Layout {
  widths: ColumnSizingState;
  visible: VisibilityState;
}

const noRows: never[] = [];

function columnDefinition<T>(column: Column<T>): ColumnDef<T> {
  return {
    id: column.id,
    header: column.header,
    size: column.width ?? 140,
    minSize: column.minWidth ?? 48,
    maxSize: 2000,
    enableHiding: column.fixed !== true,
  };
}

/** Widths and choice of columns, kept in this browser. Rows stay outside: there may be 100,000 of them. */
export function useLayout<T>(id: string, columns: readonly Column<T>[]) {
  const key = `vedette.table.${id}`;
  const [layout, setLayout] = useState<Layout>(() => kept<Layout>(key, { widths: {}, visible: {} }));
  useEffect(() => keep(key, layout), [key, layout]);

  const definitions = useMemo(() => columns.map(columnDefinition), [columns]);
  const hidden = useMemo(
    () => Object.fromEntries(columns.filter((column) => column.hidden).map((column) => [column.id, false])),
    [columns],
  );
  const table = useReactTable<T>({
    data: noRows,
    columns: definitions,
    getCoreRowModel: getCoreRowModel(),
    columnResizeMode: "onChange",
    state: { columnSizing: layout.widths, columnVisibility: { ...hidden, ...layout.visible } },
    onColumnSizingChange: (update) =>
      setLayout((old) => ({ ...old, widths: typeof update === "function" ? update(old.widths) : update })),
    onColumnVisibilityChange: (update) =>
      setLayout((old) => {
        const visible = { ...hidden, ...old.visible };
        return { ...old, visible: typeof update === "function" ? update(visible) : update };
      }),
  });
  // The same list as long as the choice is the same, so that rows need not be drawn again.
  const visible = layout.visible;
  const shown = useMemo(
    () => columns.filter((column) => visible[column.id] ?? column.hidden !== true),
    [columns, visible],
  );
  const reset = () => setLayout({ widths: {}, visible: {} });
  return { table, shown, reset };
}
