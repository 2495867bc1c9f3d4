/** Values of events as text, and as parts of a query of the search language. */

export type FilterMode = "include" | "exclude" | "only";

export function textOfValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOfValue).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

const plainField = /^[A-Za-z_@][\w.@-]*$/;

/** A field's name in a query. */
export const fieldText = (field: string): string => (plainField.test(field) ? field : `\`${field.replaceAll("`", "\\`")}\``);

const controls: Record<string, string> = { '"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

const escapeCharacter = (c: string): string =>
  controls[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A value in a query: numbers and booleans as they are, all else in quotes. */
export function valueText(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  // eslint-disable-next-line no-control-regex
  return `"${textOfValue(value).replace(/["\\\u0000-\u001f\u007f]/g, escapeCharacter)}"`;
}

/** The filter for a value: `user.name: "ada"`, or that it is absent. A list means any of its values. */
export function filterText(field: string, value: unknown, mode: FilterMode): string {
  const name = fieldText(field);
  let filter: string;
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) filter = `not ${name}: *`;
  else if (Array.isArray(value) && value.length > 1) filter = `${name}: (${value.map(valueText).join(" or ")})`;
  else filter = `${name}: ${valueText(Array.isArray(value) ? value[0] : value)}`;
  return mode === "exclude" ? `not ${filter}` : filter;
}
