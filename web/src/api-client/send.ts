import { reached, unreachable } from "./connection";
import { credentials } from "./credentials";
import { ask } from "./gate";
import { readProblem, UnreachableError, type ApiProblem } from "./problem";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);
const maxAttempts = 4;
const longestWait = 30_000;

// A refusal of these is an answer to the person who typed, not the end of a session.
const signInPaths = ["/api/v1/session", "/api/v1/session/confirm", "/api/v1/setup", "/api/v1/password-reset"];

const isSignIn = (request: Request): boolean =>
  request.method === "POST" && signInPaths.includes(new URL(request.url).pathname);

export function waitOf(response: Response, now = Date.now()): number {
  const header = response.headers.get("Retry-After");
  if (header === null) return 1_000;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : 1_000;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", abort, { once: true });
  });
}

async function sendOnce(request: Request): Promise<Response> {
  const copy = request.clone();
  if (!safeMethods.has(copy.method) && credentials.csrf) copy.headers.set("X-CSRF-Token", credentials.csrf);
  try {
    const response = await fetch(copy);
    reached();
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    unreachable();
    throw new UnreachableError(error);
  }
}

/** Whether what the node asked for was given, and the request can be sent again. */
async function satisfied(request: Request, problem: ApiProblem): Promise<boolean> {
  if (isSignIn(request) || !credentials.signedIn) return false;
  if (problem.status === 401) return ask("session");
  return problem.kind === "step-up" && ask("confirmation");
}

/** fetch, with the manners of this node: CSRF token, expired sessions, confirmations, and waiting when told to. */
export async function send(request: Request): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await sendOnce(request);
    if (response.ok || attempt >= maxAttempts) return response;
    if (response.status === 401 || response.status === 403) {
      if (await satisfied(request, await readProblem(response.clone()))) continue;
      return response;
    }
    const busy = response.status === 429 || (response.status === 503 && request.method === "GET");
    const wait = waitOf(response);
    if (!busy || wait > longestWait || isSignIn(request)) return response;
    await pause(wait, request.signal);
  }
}
