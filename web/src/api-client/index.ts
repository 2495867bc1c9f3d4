export { api, apiBase, idempotent, ifMatch, unwrap, unwrapTagged } from "./client";
export { connection, tryAgainNow, type Connection } from "./connection";
export { credentials } from "./credentials";
export { gate, type Demand } from "./gate";
export { ApiProblem, isProblemOf, UnreachableError, type Problem } from "./problem";
export type { components, operations, paths } from "./schema";
export {
  exportFile,
  exportRows,
  streamAlerts,
  streamEvents,
  streamHealth,
  streamSearch,
  type NodeHealth,
  type Row,
  type SearchOutcome,
  type StreamState,
} from "./streams";

import type { components } from "./schema";
/** The schemas of the API by their names: `Schema<"AlertItem">`. */
export type Schema<N extends keyof components["schemas"]> = components["schemas"][N];
