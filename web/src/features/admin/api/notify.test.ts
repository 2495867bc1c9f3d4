import { describe, expect, it } from "vitest";
import { channelText, channelValues, offsets, ruleText, ruleValues, spellOffset, switchedChannel, switchedRule, type Channel, type NotifyRule } from "./notify";

const hook: Channel = {
  id: "chn-1", name: "On call", kind: "webhook", enabled: true, url: "https://hooks.example/soc", signed: true, host: null, port: 587,
  security: "starttls", user: null, has_password: false, from: null, to: [], pinned_key: null, allow_private: true, max_per_hour: 12, version: 4,
};
const mail: Channel = { ...hook, id: "chn-2", kind: "email", url: null, signed: false, host: "mail.example", user: "soc", has_password: true, from: "soc@a.example", to: ["b@a.example"] };

describe("a channel", () => {
  it("keeps the secrets that are left empty", () => {
    const text = channelText({ ...channelValues(hook), name: " Pager " });
    expect(text).not.toHaveProperty("url");
    expect(text).not.toHaveProperty("key");
    expect(text).toMatchObject({ name: "Pager", kind: "webhook", allow_private: true, max_per_hour: 12 });
    expect(channelText(channelValues(mail))).not.toHaveProperty("password");
  });

  it("sends new secrets, and takes away the one that is not wanted", () => {
    expect(channelText({ ...channelValues(hook), url: " https://new.example ", key: "k" })).toMatchObject({ url: "https://new.example", key: "k" });
    expect(channelText({ ...channelValues(hook), signed: false, key: "k" }).key).toBe("");
    expect(channelText({ ...channelValues(mail), user: "", password: "p" })).toMatchObject({ user: "", password: "" });
  });

  it("says nothing that is not of its kind", () => {
    expect(channelText({ ...channelValues(), kind: "slack", url: "https://a.example", key: "k", host: "h" })).not.toHaveProperty("key");
    expect(channelText({ ...channelValues(), kind: "slack", url: "https://a.example", host: "h" })).not.toHaveProperty("host");
    expect(channelText({ ...channelValues(mail), url: "https://a.example" })).not.toHaveProperty("url");
  });

  it("is switched without another change", () => {
    expect(switchedChannel(mail, false)).toEqual({ ...channelText(channelValues(mail)), enabled: false });
  });
});

const rule: NotifyRule = {
  id: "nrl-1", name: "Serious ones", enabled: true, on: ["opened", "mentioned"], channels: ["chn-1"], least_severity: "high", tags: ["web"],
  owners: [], entities: ["web*"], users: ["ada"], digest_minutes: 7, version: 2,
  quiet_hours: { from: "22:00", to: "07:00", days: ["fri"], utc_offset: 345, unless_severity: "critical" },
};

describe("a rule", () => {
  it("comes back from its form as it was", () => {
    const { id, version, ...text } = rule;
    expect([id, version]).toEqual(["nrl-1", 2]);
    expect(ruleText(ruleValues(rule))).toEqual(text);
    expect(switchedRule(rule, false)).toEqual({ ...text, enabled: false });
  });

  it("has quiet hours only where they are wanted, and days in their order", () => {
    const values = ruleValues(rule);
    expect(ruleText({ ...values, quiet: false }).quiet_hours).toBeNull();
    const quiet = ruleText({ ...values, quiet_days: ["sun", "mon"], quiet_unless: "never" }).quiet_hours;
    expect(quiet).toEqual({ from: "22:00", to: "07:00", days: ["mon", "sun"], utc_offset: 345 });
  });

  it("names users only if somebody is assigned or mentioned", () => {
    expect(ruleText({ ...ruleValues(rule), on: ["opened"] }).users).toEqual([]);
  });
});

it("spells offsets", () => {
  expect([0, 60, 345, -210].map(spellOffset)).toEqual(["UTC+00:00", "UTC+01:00", "UTC+05:45", "UTC−03:30"]);
  expect(offsets(17)).toContain(17);
  expect(offsets(0).at(-1)).toBe(840);
});
