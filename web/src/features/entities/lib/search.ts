import type { Schema } from "@/api-client";
import { kindOf } from "./kinds";

export const sorts = ["-risk", "risk", "-last", "last", "-alerts", "alerts"] as const;

export interface EntitySearch {
  kind?: Schema<"EntityKind">;
  text?: string;
  sort?: (typeof sorts)[number];
}

export function readEntitySearch(search: Record<string, unknown>): EntitySearch {
  const kind = typeof search.kind === "string" ? kindOf(search.kind) : undefined;
  const sort = sorts.find((one) => one === search.sort);
  return {
    ...(kind ? { kind } : {}),
    ...(typeof search.text === "string" && search.text ? { text: search.text } : {}),
    ...(sort ? { sort } : {}),
  };
}
