import type { Schema } from "@/api-client";

export type AlertItem = Schema<"AlertItem">;
export type Alert = Schema<"Alert">;
export type AlertPage = Schema<"AlertPage">;
export type AlertChange = Schema<"AlertChange">;
export type AlertStatus = Schema<"AlertStatus">;
export type Verdict = Schema<"Verdict">;
export type Row = Schema<"Row">;

export const statuses: readonly AlertStatus[] = ["new", "in_progress", "closed"];
export const verdicts: readonly Verdict[] = ["true_positive", "benign", "false_positive"];
export const groupings = ["none", "rule", "entity", "technique"] as const;
export type Grouping = (typeof groupings)[number];
export const sorts = ["-time", "time", "-detected", "-level", "level", "-risk", "risk"] as const;
export type AlertSort = (typeof sorts)[number];

/** What the queue shows, as it stands in the address. */
export interface QueueSearch {
  status?: AlertStatus[];
  level?: Schema<"Level">;
  verdict?: Verdict;
  rule?: string;
  host?: string;
  user?: string;
  assignee?: string;
  group?: Grouping;
  sort?: AlertSort;
  /** The alert that is open beside the queue. */
  alert?: string;
  tab?: string;
}
