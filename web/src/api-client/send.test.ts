import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connection } from "./connection";
import { credentials } from "./credentials";
import { gate } from "./gate";
import { UnreachableError } from "./problem";
import { send, waitOf } from "./send";

const problem = (status: number, slug: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ type: `urn:vedette:problem:${slug}`, title: slug, status, detail: "" }), { status, headers });

const request = (path = "/api/v1/alerts", method = "GET") =>
  new Request(`http://node${path}`, { method, ...(method === "GET" ? {} : { body: "{}" }) });

describe("send", () => {
  const answers = vi.fn<(request: Request) => Promise<Response>>();
  beforeEach(() => {
    answers.mockReset();
    vi.stubGlobal("fetch", answers);
    credentials.keep("token-1");
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
    gate.get()?.settle(false);
  });

  it("proves changes with the CSRF token, and only them", async () => {
    answers.mockImplementation(() => Promise.resolve(new Response("{}")));
    await send(request());
    await send(request("/api/v1/alerts/bulk", "POST"));
    expect(answers.mock.calls.map(([sent]) => sent.headers.get("X-CSRF-Token"))).toEqual([null, "token-1"]);
  });

  it("waits for a new sign-in and goes on with its token", async () => {
    answers.mockResolvedValueOnce(problem(401, "credentials")).mockResolvedValueOnce(new Response("{}"));
    const answer = send(request("/api/v1/alerts/bulk", "POST"));
    await vi.waitFor(() => expect(gate.get()?.demand).toBe("session"));
    credentials.keep("token-2");
    gate.get()?.settle(true);
    expect((await answer).ok).toBe(true);
    expect(answers.mock.calls[1]?.[0].headers.get("X-CSRF-Token")).toBe("token-2");
  });

  it("asks for the password where a confirmation is wanted, and gives up when it is refused", async () => {
    answers.mockResolvedValueOnce(problem(403, "step-up"));
    const answer = send(request("/api/v1/roles", "POST"));
    await vi.waitFor(() => expect(gate.get()?.demand).toBe("confirmation"));
    gate.get()?.settle(false);
    expect((await answer).status).toBe(403);
  });

  it("leaves refused sign-ins to the form", async () => {
    answers.mockResolvedValueOnce(problem(401, "credentials"));
    expect((await send(request("/api/v1/session", "POST"))).status).toBe(401);
    expect(gate.get()).toBeNull();
  });

  it("waits as long as Retry-After says", async () => {
    vi.useFakeTimers();
    answers.mockResolvedValueOnce(problem(429, "rate", { "Retry-After": "2" })).mockResolvedValueOnce(new Response("{}"));
    const answer = send(request());
    await vi.advanceTimersByTimeAsync(1_900);
    expect(answers).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(200);
    expect((await answer).ok).toBe(true);
    expect(waitOf(problem(429, "rate", { "Retry-After": "junk" }))).toBe(1_000);
  });

  it("says that the node cannot be reached", async () => {
    answers.mockRejectedValue(new TypeError("refused"));
    await expect(send(request())).rejects.toBeInstanceOf(UnreachableError);
    expect(connection.get()).toBe("unreachable");
  });
});
