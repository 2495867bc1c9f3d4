/** The text of a field of a form; what is none is empty. */
export const textIn = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");

export const stringsIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(textIn) : []);
