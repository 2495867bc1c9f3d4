import type { Schema } from "@/api-client";

export type IncidentItem = Schema<"IncidentItem">;
export type Incident = Schema<"Incident">;
export type IncidentChange = Schema<"IncidentChange">;
export type IncidentStatus = Schema<"IncidentStatus">;
export type Classification = Schema<"Classification">;
export type Member = Schema<"IncidentMember">;
export type Clock = Schema<"IncidentClock">;
export type Task = Schema<"IncidentTask">;
export type TimelineItem = Schema<"TimelineItem">;
export type TimelineEntry = Schema<"TimelineEntry">;
export type Level = Schema<"Level">;
export type Tlp = Schema<"Tlp">;

export const statuses: readonly IncidentStatus[] = ["new", "triaged", "in_progress", "contained", "closed"];
export const openStatuses: IncidentStatus[] = ["new", "triaged", "in_progress", "contained"];
export const classifications: readonly Classification[] = ["true_positive", "benign_positive", "false_positive", "duplicate", "undetermined"];
export const tlps: readonly Tlp[] = ["clear", "green", "amber", "amber+strict", "red"];
export const sorts = ["-risk", "risk", "-updated", "updated", "-opened", "opened", "-due", "due", "-severity", "severity"] as const;
export type IncidentSort = (typeof sorts)[number];
export const tabs = ["overview", "timeline", "graph", "attack", "members", "evidence", "tasks", "comments", "history"] as const;
export type IncidentTab = (typeof tabs)[number];

/** What the list shows, as it stands in the address. */
export interface ListSearch {
  status?: IncidentStatus[];
  severity?: Level;
  owner?: string;
  breached?: boolean;
  text?: string;
  entity?: string;
  technique?: string;
  sort?: IncidentSort;
}
