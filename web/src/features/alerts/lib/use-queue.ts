import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { TableSort } from "@/components";
import { useTimeRange } from "@/lib/time";
import { useAlertQueue, useAlertSummary } from "../api/queries";
import type { AlertSort, QueueSearch } from "../api/types";
import { openStatuses } from "../components/queue-toolbar";
import { rowsOf } from "./grouping";

const sortOf = (sort: AlertSort): TableSort => ({ column: sort.replace("-", ""), descending: sort.startsWith("-") });

/** The queue as the address says: its rows, its numbers, and how to change what is shown. */
export function useQueue() {
  const search: QueueSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const { range, setRange } = useTimeRange();
  const asked: QueueSearch = { ...search, status: search.status ?? openStatuses };
  const list = useAlertQueue(asked, range);
  const summary = useAlertSummary({ ...asked, level: undefined }, range);
  const statuses = useAlertSummary({ ...asked, status: undefined }, range);
  const [openGroups, setOpenGroups] = useState<ReadonlySet<string>>(new Set());
  const grouping = search.group ?? "none";
  const alerts = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const rows = useMemo(() => rowsOf(alerts, grouping, openGroups), [alerts, grouping, openGroups]);

  const change = (wanted: Partial<QueueSearch>, replace = false) =>
    void navigate({ to: ".", search: (old: object) => ({ ...old, ...wanted }), replace });
  return {
    search,
    asked,
    list,
    summary,
    statuses,
    alerts,
    rows,
    grouping,
    change,
    setRange,
    sort: sortOf(search.sort ?? "-time"),
    onSort: (sort: TableSort | undefined) =>
      change({ sort: sort && !(sort.column === "time" && sort.descending) ? (`${sort.descending ? "-" : ""}${sort.column}` as AlertSort) : undefined }),
    toggleGroup: (id: string) =>
      setOpenGroups((old) => {
        const next = new Set(old);
        if (!next.delete(id)) next.add(id);
        return next;
      }),
  };
}
