import createClient from "openapi-fetch";
import { problemOf } from "./problem";
import type { paths } from "./schema";
import { send } from "./send";

export const apiBase = "/api/v1";

/** The typed client. Wrap calls in `unwrap` to get data or an ApiProblem. */
export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? apiBase : location.origin + apiBase,
  fetch: send,
});

interface Answer<D> {
  data?: D;
  error?: unknown;
  response: Response;
}

/** The data of an answer; throws ApiProblem for what is none. */
export async function unwrap<D>(call: Promise<Answer<D>>): Promise<D> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return data as D;
}

/** The data with the ETag that `ifMatch` wants for a change. */
export async function unwrapTagged<D>(call: Promise<Answer<D>>): Promise<{ data: D; etag: string }> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return { data: data as D, etag: response.headers.get("ETag") ?? "" };
}

/** Header parameters for a change of what was read with this ETag, or of this version. */
export const ifMatch = (etag: string | number): { "If-Match": string } => ({
  "If-Match": typeof etag === "number" ? `"${etag}"` : etag,
});

/** Header parameters under which the node makes one thing only, however often it is asked. Keep it over retries. */
export const idempotent = (key: string = crypto.randomUUID()): { "Idempotency-Key": string } => ({
  "Idempotency-Key": key,
});
