import { levels, severityName } from "@/components";
import { t } from "@/lib/messages";
import { asksForUsers, days, digests, occasions, offsets, spellMinutes, spellOffset, type Channel, type NotifyRule } from "../api/notify";
import { textIn } from "../api/values";
import type { Field, Option, Values } from "./form-field";

const isQuiet = (values: Values): boolean => values.quiet === true;
const isTime = (value: unknown): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(textIn(value));
const wrongTime = (value: unknown): string | undefined => (isTime(value) ? undefined : t("notifications.rules.quiet.wrong"));
const severities: Option[] = levels.map((level) => ({ value: level, label: severityName(level) }));

/** Items that may have spaces: a comma or Enter ends them. */
const list = (name: "entities" | "tags" | "owners" | "users", options: readonly Option[] = []): Field => ({
  name,
  label: t(`notifications.rules.${name}`),
  kind: "tags",
  split: [","],
  options,
  width: name === "entities" || name === "users" ? undefined : "half",
});

const filterFields = (people: readonly Option[]): Field[] => [
  { ...list("entities"), hint: t("notifications.rules.entities.hint"), heading: t("notifications.rules.part.filters") },
  list("tags"),
  list("owners", people),
  { ...list("users", people), hint: t("notifications.rules.users.hint"), when: asksForUsers },
];

const timeFields = (rule: NotifyRule | undefined, offset: number): Field[] => [
  {
    name: "digest",
    label: t("notifications.rules.digest"),
    kind: "select",
    hint: t("notifications.rules.digest.hint"),
    heading: t("notifications.rules.part.when"),
    pointer: "/digest_minutes",
    options: digests(rule?.digest_minutes ?? 0).map((minutes) => ({
      value: String(minutes),
      label: minutes === 0 ? t("notifications.rules.digest.none") : t("notifications.rules.digest.each", { span: spellMinutes(minutes) }),
    })),
  },
  { name: "quiet", label: t("notifications.rules.quiet"), kind: "switch", hint: t("notifications.rules.quiet.hint"), pointer: "/quiet_hours" },
  { name: "quiet_from", label: t("notifications.rules.quiet.from"), kind: "time", width: "third", required: true, pointer: "/quiet_hours/from", check: wrongTime, when: isQuiet },
  {
    name: "quiet_to",
    label: t("notifications.rules.quiet.to"),
    kind: "time",
    width: "third",
    required: true,
    pointer: "/quiet_hours/to",
    check: (value, values) => wrongTime(value) ?? (textIn(value) === textIn(values.quiet_from) ? t("notifications.rules.quiet.same") : undefined),
    when: isQuiet,
  },
  {
    name: "quiet_offset",
    label: t("notifications.rules.quiet.offset"),
    kind: "select",
    width: "third",
    pointer: "/quiet_hours/utc_offset",
    options: offsets(offset).map((minutes) => ({ value: String(minutes), label: spellOffset(minutes) })),
    when: isQuiet,
  },
  {
    name: "quiet_days",
    label: t("notifications.rules.quiet.days"),
    kind: "chips",
    hint: t("notifications.rules.quiet.days.hint"),
    pointer: "/quiet_hours/days",
    options: days.map((day) => ({ value: day, label: t(`notifications.day.${day}`) })),
    when: isQuiet,
  },
  {
    name: "quiet_unless",
    label: t("notifications.rules.quiet.unless"),
    kind: "select",
    pointer: "/quiet_hours/unless_severity",
    options: [...severities, { value: "never", label: t("notifications.rules.quiet.never") }],
    when: isQuiet,
  },
];

/** The form of a rule; `people` are names of users to choose from, `offset` is the time zone that it begins with. */
export function notifyRuleFields(rule: NotifyRule | undefined, channels: readonly Channel[], people: readonly string[], offset: number): Field[] {
  const names = people.map((name) => ({ value: name, label: name }));
  return [
    { name: "name", label: t("admin.column.name"), kind: "text", required: true },
    {
      name: "on",
      label: t("notifications.rules.on"),
      kind: "checks",
      required: true,
      options: occasions.map((name) => ({ value: name, label: t(`notifications.on.${name}`), hint: t(`notifications.on.${name}.hint`) })),
    },
    {
      name: "channels",
      label: t("notifications.rules.channels"),
      kind: "multi",
      required: true,
      options: channels.map(({ id, name, enabled }) => ({ value: id, label: enabled ? name : t("notifications.off", { name }) })),
      width: "half",
    },
    { name: "least_severity", label: t("notifications.rules.least"), kind: "select", options: severities, width: "half" },
    ...filterFields(names),
    ...timeFields(rule, offset),
    { name: "enabled", label: t("notifications.rules.enabled"), kind: "switch" },
  ];
}
