import { useCallback, useRef } from "react";
import type { Selection } from "./types";

/** Selecting rows one by one, as a range with Shift, or all. */
export function useSelection<T>(rows: readonly T[], rowId: (row: T) => string, selection: Selection | undefined) {
  const anchor = useRef<number>(-1);
  const toggle = useCallback(
    (index: number, range: boolean) => {
      if (!selection) return;
      const ids = new Set(selection.ids);
      const row = rows[index];
      if (row === undefined) return;
      const on = !ids.has(rowId(row));
      const start = range && anchor.current >= 0 ? Math.min(anchor.current, index) : index;
      const end = range && anchor.current >= 0 ? Math.max(anchor.current, index) : index;
      for (const one of rows.slice(start, end + 1)) {
        if (on) ids.add(rowId(one));
        else ids.delete(rowId(one));
      }
      anchor.current = index;
      selection.onChange(ids);
    },
    [rows, rowId, selection],
  );
  const count = selection?.ids.size ?? 0;
  const all = rows.length > 0 && count >= rows.length;
  const toggleAll = useCallback(() => {
    selection?.onChange(all ? new Set() : new Set(rows.map(rowId)));
  }, [all, rows, rowId, selection]);
  return { toggle, toggleAll, all, some: count > 0 && !all };
}
