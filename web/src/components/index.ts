export { ConfirmDialog } from "./confirm-dialog";
export { DataTable, type Column, type Selection, type TableSort } from "./data-table";
export { Drawer } from "./drawer";
export { KeyHint } from "./key-hint";
export { Page } from "./page";
export { levels, Severity, severityColor, severityName, severityRank, type Level } from "./severity";
export { EmptyState, ErrorState, explain, LoadingState } from "./states";
export { TimeAgo, Timestamp } from "./timestamp";
export { Value, ValueFilterContext } from "./value";
