import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "@/api-client";

const attempts = 2;

/** A refusal stays one however often it is asked; what cannot be reached is asked again. */
const worthAnother = (count: number, error: unknown): boolean =>
  count < attempts && !(error instanceof ApiProblem && error.status < 500);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 10_000, retry: worthAnother, refetchOnWindowFocus: false, networkMode: "always" },
    mutations: { retry: false, networkMode: "always" },
  },
});
