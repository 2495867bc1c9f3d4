import { admin } from "./admin";
import { alerts } from "./alerts";
import { common } from "./common";
import { entities } from "./entities";
import { incidents } from "./incidents";
import { notifications } from "./notifications";
import { overview } from "./overview";
import { rules } from "./rules";
import { search } from "./search";
import { session } from "./session";
import { shell } from "./shell";
import { sources } from "./sources";

/** All texts that a person sees, by feature. */
const catalogue = { admin, alerts, common, entities, incidents, notifications, overview, rules, search, session, shell, sources };

type Catalogue = typeof catalogue;
type Entry = string | { readonly one: string; readonly other: string };
export type MessageKey = {
  [F in keyof Catalogue]: `${F}.${keyof Catalogue[F] & string}`;
}[keyof Catalogue];

type EntryOf<K extends MessageKey> = K extends `${infer F extends keyof Catalogue}.${infer R}`
  ? R extends keyof Catalogue[F]
    ? Catalogue[F][R]
    : never
  : never;
type NamesIn<S> = S extends `${string}{${infer N}}${infer Rest}` ? N | NamesIn<Rest> : never;
type ParametersOf<E> = E extends string ? NamesIn<E> : E extends { other: infer O } ? NamesIn<O> | "count" : never;
type Values<K extends MessageKey> = Record<ParametersOf<EntryOf<K>>, string | number>;
type Arguments<K extends MessageKey> = [ParametersOf<EntryOf<K>>] extends [never] ? [] : [values: Values<K>];

const plurals = new Intl.PluralRules("en");
const numbers = new Intl.NumberFormat("en");

function entryOf(key: string): Entry {
  const dot = key.indexOf(".");
  const feature = catalogue[key.slice(0, dot) as keyof Catalogue] as Record<string, Entry>;
  return feature[key.slice(dot + 1)] ?? key;
}

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}

/** A text of the catalogue: `t("common.table.rows", { count: 3 })`. */
export function t<K extends MessageKey>(key: K, ...args: Arguments<K>): string {
  const values = (args[0] ?? {}) as Record<string, string | number>;
  const entry = entryOf(key);
  if (typeof entry === "string") return fill(entry, values);
  return fill(plurals.select(Number(values.count)) === "one" ? entry.one : entry.other, values);
}
