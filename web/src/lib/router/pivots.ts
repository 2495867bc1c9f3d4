/** Where a value leads. Built as addresses of the router, never from the text of a log itself. */

export type EntityKind = "user" | "host" | "address" | "hash" | "domain" | "process";

const kinds: [pattern: RegExp, kind: EntityKind][] = [
  [/^(?:.+\.)?user\.(?:name|email|id|full_name)$/, "user"],
  [/^(?:host|agent|observer)\.(?:name|hostname|id)$/, "host"],
  [/^(?:.+\.)?(?:ip|address)$/, "address"],
  [/^(?:.+\.)?hash\.\w+$/, "hash"],
  [/^(?:.+\.)?(?:domain|dns\.question\.name|registered_domain)$/, "domain"],
  [/^process\.(?:entity_id)$/, "process"],
];

/** The kind of entity that a field's values name, if any. */
export const entityKindOf = (field: string): EntityKind | undefined =>
  kinds.find(([pattern]) => pattern.test(field))?.[1];

/** Whether an indicator can be looked up by a field's values. */
export const isIndicatorField = (field: string): boolean =>
  ["address", "hash", "domain"].includes(entityKindOf(field) ?? "") || /(^|\.)url\.(full|original)$/.test(field);
