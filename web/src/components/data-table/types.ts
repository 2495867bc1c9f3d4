import type { ReactNode } from "react";

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** What rows are sorted by, on this side. Without it the column sorts only if `sortable` says that the owner does it. */
  value?: (row: T) => string | number | null | undefined;
  sortable?: boolean;
  /** Pixels at first. */
  width?: number;
  minWidth?: number;
  /** Takes what is left of the width. */
  grow?: boolean;
  align?: "left" | "right";
  /** Not shown until chosen. */
  hidden?: boolean;
  /** Cannot be hidden. */
  fixed?: boolean;
}

export interface TableSort {
  column: string;
  descending: boolean;
}

export interface Selection {
  ids: ReadonlySet<string>;
  onChange: (ids: ReadonlySet<string>) => void;
}

export interface DataTableProps<T> {
  /** Column choice and widths are kept in this browser under it. */
  id: string;
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowId: (row: T) => string;
  /** Controlled: the owner sorts. Without it columns with `value` are sorted here. */
  sort?: TableSort | undefined;
  onSort?: (sort: TableSort | undefined) => void;
  /** The sort at first, where it is not controlled. */
  initialSort?: TableSort;
  activeId?: string | undefined;
  onActive?: (id: string) => void;
  /** Enter, or a click on a row. */
  onOpen?: (row: T) => void;
  selection?: Selection;
  rowHeight?: number;
  /** The end comes into sight: load more. */
  onEnd?: () => void;
  /** Instead of rows while there are none. */
  empty?: ReactNode;
  /** A colour at the left edge of a row. */
  edge?: (row: T) => string | undefined;
}
