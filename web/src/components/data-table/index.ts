export { DataTable } from "./data-table";
export type { Column, DataTableProps, Selection, TableSort } from "./types";
