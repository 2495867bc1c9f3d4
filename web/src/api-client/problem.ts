import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

const prefix = "urn:vedette:problem:";

/** An answer of the node that says what went wrong (RFC 9457). */
export class ApiProblem extends Error {
  readonly status: number;
  /** The slug of the type: `step-up`, `csrf`, `second-factor` ... */
  readonly kind: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: NonNullable<Problem["errors"]>;
  readonly instance: string | undefined;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiProblem";
    this.status = problem.status;
    this.kind = problem.type.startsWith(prefix) ? problem.type.slice(prefix.length) : problem.type;
    this.title = problem.title;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.instance = problem.instance;
  }

  /** The message for a field of the request's body, by JSON pointer. */
  errorOf(pointer: string): string | undefined {
    return this.errors.find((error) => error.pointer === pointer)?.message;
  }
}

/** The node could not be reached at all. */
export class UnreachableError extends Error {
  constructor(cause?: unknown) {
    super("The node cannot be reached.", { cause });
    this.name = "UnreachableError";
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "type" in body && "status" in body && "title" in body;
}

export function problemOf(response: Response, body: unknown): ApiProblem {
  if (isProblem(body)) return new ApiProblem({ ...body, detail: typeof body.detail === "string" ? body.detail : "" });
  return new ApiProblem({
    type: "about:blank",
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    detail: `The node answered with status ${response.status}.`,
  });
}

export async function readProblem(response: Response): Promise<ApiProblem> {
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    body = undefined;
  }
  return problemOf(response, body);
}

export const isProblemOf = (error: unknown, kind: string): error is ApiProblem =>
  error instanceof ApiProblem && error.kind === kind;
