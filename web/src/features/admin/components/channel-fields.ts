import { t } from "@/lib/messages";
import { channelKinds, type Channel } from "../api/notify";
import { textIn } from "../api/values";
import type { Field, Values } from "./form-field";

const isMail = (values: Values): boolean => values.kind === "email";
const isKind = (kind: Channel["kind"]) => (values: Values): boolean => values.kind === kind;
const securities = ["starttls", "tls", "none"] as const;

const webAddress = (value: unknown): string | undefined => {
  const text = textIn(value).trim();
  return text === "" || /^https?:\/\/\S+$/i.test(text) ? undefined : t("notifications.field.url.wrong");
};

const mailFields = (channel: Channel | undefined): Field[] => [
  { name: "host", label: t("notifications.field.host"), kind: "text", required: true, placeholder: "smtp.example.org", width: "half", when: isMail },
  { name: "port", label: t("notifications.field.port"), kind: "number", required: true, width: "sixth", when: isMail },
  {
    name: "security",
    label: t("notifications.field.security"),
    kind: "select",
    width: "third",
    options: securities.map((value) => ({ value, label: t(`notifications.field.security.${value}`) })),
    when: isMail,
  },
  { name: "user", label: t("notifications.field.user"), kind: "text", hint: t("notifications.field.user.hint"), width: "half", when: isMail },
  {
    name: "password",
    label: t("notifications.field.password"),
    kind: "password",
    width: "half",
    hint: channel?.has_password ? t("notifications.field.keep") : "\u00a0",
    check: (value, values) =>
      textIn(values.user).trim() !== "" && textIn(value) === "" && !channel?.has_password ? t("notifications.field.password.wrong") : undefined,
    when: isMail,
  },
  { name: "from", label: t("notifications.field.from"), kind: "text", required: true, placeholder: "soc@example.org", when: isMail },
  { name: "to", label: t("notifications.field.to"), kind: "tags", required: true, hint: t("notifications.field.to.hint"), when: isMail },
];

/** All three kinds that post to an address call it `url`; what it is differs. */
const urlField = (kind: "slack" | "teams" | "webhook", channel: Channel | undefined): Field => ({
  name: "url",
  label: t("notifications.field.url"),
  kind: "text",
  required: channel === undefined,
  hint: channel?.url ? t("notifications.field.keep.url", { url: channel.url }) : t(`notifications.field.url.${kind}`),
  placeholder: "https://",
  check: webAddress,
  when: isKind(kind),
});

const keyFields = (channel: Channel | undefined): Field[] => [
  { name: "signed", label: t("notifications.field.signed"), kind: "switch", when: isKind("webhook") },
  {
    name: "key",
    label: t("notifications.field.key"),
    kind: "password",
    required: !channel?.signed,
    hint: channel?.signed ? t("notifications.field.keep") : t("notifications.field.key.hint"),
    when: (values) => values.kind === "webhook" && values.signed === true,
  },
];

/** The form of a channel; `mayPrivate` is for who may let the node reach its own network. */
export function channelFields(channel: Channel | undefined, mayPrivate: boolean): Field[] {
  const kinds: Field = {
    name: "kind",
    label: t("notifications.channels.kind"),
    kind: "choice",
    options: channelKinds.map((kind) => ({ value: kind, label: t(`notifications.kind.${kind}`) })),
  };
  return [
    ...(channel ? [] : [kinds]),
    { name: "name", label: t("admin.column.name"), kind: "text", required: true },
    ...mailFields(channel),
    urlField("slack", channel),
    urlField("teams", channel),
    urlField("webhook", channel),
    ...keyFields(channel),
    { name: "enabled", label: t("notifications.field.enabled"), kind: "switch" },
    {
      name: "max_per_hour",
      label: t("notifications.field.max"),
      kind: "number",
      required: true,
      hint: t("notifications.field.max.hint"),
      heading: t("notifications.field.advanced"),
      width: "half",
    },
    {
      name: "pinned_key",
      label: t("notifications.field.pinned"),
      kind: "text",
      hint: t("notifications.field.pinned.hint"),
      width: "half",
      check: (value) => (/^(sha256\/\/[A-Za-z0-9+/]{43}=)?$/.test(textIn(value).trim()) ? undefined : t("notifications.field.pinned.wrong")),
    },
    {
      name: "allow_private",
      label: t("notifications.field.private"),
      kind: "switch",
      hint: mayPrivate ? t("notifications.field.private.hint") : t("notifications.field.private.locked"),
      disabled: !mayPrivate,
    },
  ];
}
