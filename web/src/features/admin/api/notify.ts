import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api-client";
import type { Values } from "../components/form-field";
import { spellDuration } from "./durations";
import { useList } from "./resources";
import { stringsIn, textIn } from "./values";

export type Channel = Schema<"NotifyChannel">;
export type ChannelText = Schema<"NotifyChannelText">;
export type NotifyRule = Schema<"NotifyRule">;
export type RuleText = Schema<"NotifyRuleText">;
export type QuietHours = Schema<"QuietHours">;
export type Delivery = Schema<"Delivery">;

export const channelKinds = ["email", "slack", "teams", "webhook"] as const;
export const occasions = ["opened", "severity_raised", "assigned", "mentioned", "status_changed", "sla_near", "sla_breached"] as const;
export const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export const deliveryStates = ["waiting", "sending", "sent", "failed"] as const;

export const useChannels = () => useList(["notify", "channels"], async () => (await unwrap(api.GET("/notifications/channels"))).items);
export const useNotifyRules = () => useList(["notify", "rules"], async () => (await unwrap(api.GET("/notifications/rules"))).items);

const failuresCounted = 100;

/** How many deliveries were given up, as far as one page tells: 100 or more is "100+". */
export const useFailures = () =>
  useQuery({
    queryKey: ["admin", "notify", "deliveries", "failures"],
    queryFn: async () => {
      const page = await unwrap(api.GET("/notifications/deliveries", { params: { query: { state: "failed", limit: failuresCounted } } }));
      return { count: page.items.length, more: page.next !== null };
    },
    refetchInterval: 30_000,
  });

/** A secret that is left empty is left out: the node keeps the one it has. */
const secret = (name: "url" | "key" | "password", value: unknown): Partial<ChannelText> => {
  const text = textIn(value).trim();
  return text === "" ? {} : { [name]: text };
};

/** What a form says of a channel. */
export function channelText(values: Values): ChannelText {
  const kind = values.kind as Channel["kind"];
  const common = {
    name: textIn(values.name).trim(),
    kind,
    enabled: values.enabled === true,
    pinned_key: textIn(values.pinned_key).trim(),
    allow_private: values.allow_private === true,
    max_per_hour: Number(values.max_per_hour),
  };
  if (kind === "email") {
    const user = textIn(values.user).trim();
    return {
      ...common,
      host: textIn(values.host).trim(),
      port: Number(values.port),
      security: values.security as Channel["security"] & string,
      user,
      from: textIn(values.from).trim(),
      to: stringsIn(values.to),
      ...(user === "" ? { password: "" } : secret("password", values.password)),
    };
  }
  const key = kind !== "webhook" ? {} : values.signed === true ? secret("key", values.key) : { key: "" };
  return { ...common, ...secret("url", values.url), ...key };
}

/** The channel as a form shows it, secrets empty. */
export const channelValues = (channel?: Channel): Values => ({
  name: channel?.name ?? "",
  kind: channel?.kind ?? "email",
  enabled: channel?.enabled ?? true,
  url: "",
  signed: channel?.signed ?? true,
  key: "",
  host: channel?.host ?? "",
  port: channel?.port ?? 587,
  security: channel?.security ?? "starttls",
  user: channel?.user ?? "",
  password: "",
  from: channel?.from ?? "",
  to: channel?.to ?? [],
  pinned_key: channel?.pinned_key ?? "",
  allow_private: channel?.allow_private ?? false,
  max_per_hour: channel?.max_per_hour ?? 60,
});

/** The channel as it is, but on or off. */
export const switchedChannel = (channel: Channel, enabled: boolean): ChannelText => channelText({ ...channelValues(channel), enabled });

/** The offset of this browser, in minutes from UTC. */
export const ownOffset = (): number => 0 - new Date().getTimezoneOffset();

const quietOf = (values: Values): QuietHours | null => {
  if (values.quiet !== true) return null;
  const unless = textIn(values.quiet_unless);
  return {
    from: textIn(values.quiet_from),
    to: textIn(values.quiet_to),
    days: days.filter((day) => stringsIn(values.quiet_days).includes(day)),
    utc_offset: Number(values.quiet_offset),
    ...(unless === "never" ? {} : { unless_severity: unless as NonNullable<QuietHours["unless_severity"]> }),
  };
};

const namesUsers = (on: unknown): boolean => stringsIn(on).some((name) => name === "assigned" || name === "mentioned");

/** Whether what is told can be narrowed to some users. */
export const asksForUsers = (values: Values): boolean => namesUsers(values.on);

/** What a form says of a rule. */
export function ruleText(values: Values): RuleText {
  return {
    name: textIn(values.name).trim(),
    enabled: values.enabled === true,
    on: occasions.filter((name) => stringsIn(values.on).includes(name)),
    channels: stringsIn(values.channels),
    least_severity: values.least_severity as NonNullable<RuleText["least_severity"]>,
    tags: stringsIn(values.tags),
    owners: stringsIn(values.owners),
    entities: stringsIn(values.entities),
    users: namesUsers(values.on) ? stringsIn(values.users) : [],
    quiet_hours: quietOf(values),
    digest_minutes: Number(values.digest),
  };
}

export function ruleValues(rule?: NotifyRule): Values {
  const quiet = rule?.quiet_hours;
  return {
    name: rule?.name ?? "",
    enabled: rule?.enabled ?? true,
    on: rule?.on ?? ["opened", "severity_raised"],
    channels: rule?.channels ?? [],
    least_severity: rule?.least_severity ?? "high",
    tags: rule?.tags ?? [],
    owners: rule?.owners ?? [],
    entities: rule?.entities ?? [],
    users: rule?.users ?? [],
    digest: String(rule?.digest_minutes ?? 0),
    quiet: quiet !== null && quiet !== undefined,
    quiet_from: quiet?.from ?? "22:00",
    quiet_to: quiet?.to ?? "07:00",
    quiet_days: quiet?.days ?? [],
    quiet_offset: String(quiet?.utc_offset ?? ownOffset()),
    quiet_unless: quiet ? (quiet.unless_severity ?? "never") : "critical",
  };
}

export const switchedRule = (rule: NotifyRule, enabled: boolean): RuleText => ruleText({ ...ruleValues(rule), enabled });

/** `UTC+05:30` of 330 minutes. */
export function spellOffset(minutes: number): string {
  const size = Math.abs(minutes);
  const part = (value: number) => String(value).padStart(2, "0");
  return `UTC${minutes < 0 ? "−" : "+"}${part(Math.floor(size / 60))}:${part(size % 60)}`;
}

const quarterHours = [345, 525, 765];

/** Offsets to choose from, with `kept` among them. */
export function offsets(kept: number): number[] {
  const halfHours = Array.from({ length: (840 + 720) / 30 + 1 }, (_, index) => index * 30 - 720);
  return [...new Set([...halfHours, ...quarterHours, kept])].sort((a, b) => a - b);
}

const usualDigests = [0, 5, 15, 30, 60, 120, 240, 480, 1440];

export const digests = (kept: number): number[] => [...new Set([...usualDigests, kept])].sort((a, b) => a - b);

export const spellMinutes = (minutes: number): string => spellDuration(minutes * 60);
