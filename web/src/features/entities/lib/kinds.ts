import { valueText } from "@/lib/values";
import type { Schema } from "@/api-client";

export type Kind = Schema<"EntityKind">;
export const kinds: readonly Kind[] = ["user", "host", "ip", "process", "file", "hash", "domain", "cloud_account"];

/** The kind that an address of the console names; values of events call an ip an address. */
export const kindOf = (name: string): Kind | undefined => (name === "address" ? "ip" : kinds.find((kind) => kind === name));

// CORP\ada: domain and name are fields of their own.
const domainUser = /^([^\\]+)\\([^\\]+)$/;

const anyOf = (fields: readonly string[], value: string): string =>
  fields.length === 1 ? `${fields[0] ?? ""}: ${valueText(value)}` : `(${fields.map((field) => `${field}: ${valueText(value)}`).join(" or ")})`;

const fields: Record<Kind, readonly string[]> = {
  user: ["user.name", "related.user"],
  host: ["host.name", "related.hosts"],
  ip: ["source.ip", "destination.ip", "host.ip", "related.ip"],
  process: ["process.executable", "process.entity_id", "process.parent.executable"],
  file: ["file.path", "file.name"],
  hash: ["related.hash"],
  domain: ["dns.question.name", "url.domain", "destination.domain"],
  cloud_account: ["cloud.account.id"],
};

/** The query that finds the events of an entity. */
export function queryOf(kind: Kind, value: string): string {
  const parts = kind === "user" ? domainUser.exec(value) : null;
  if (parts) return `user.domain: ${valueText(parts[1])} and user.name: ${valueText(parts[2])}`;
  return anyOf(fields[kind], value);
}

/** Fields whose values are the company that an entity keeps. */
export const peerFields: Record<Kind, readonly string[]> = {
  user: ["host.name", "source.ip", "process.name", "event.action"],
  host: ["user.name", "source.ip", "destination.ip", "process.name"],
  ip: ["host.name", "user.name", "destination.ip", "destination.port"],
  process: ["host.name", "user.name", "process.parent.name", "destination.ip"],
  file: ["host.name", "user.name", "process.name"],
  hash: ["host.name", "user.name", "process.name"],
  domain: ["host.name", "source.ip", "user.name", "process.name"],
  cloud_account: ["user.name", "source.ip", "event.action", "cloud.region"],
};
