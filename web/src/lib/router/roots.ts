import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, redirect, retainSearchParams } from "@tanstack/react-router";
import { loadSession, needsSetUp } from "../session";
import { readRangeSearch, type RangeSearch } from "../time";

export interface RouterContext {
  queryClient: QueryClient;
}

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  validateSearch: (search: Record<string, unknown>): RangeSearch => readRangeSearch(search),
  search: { middlewares: [retainSearchParams(["from", "to", "refresh"])] },
});

/** Pages for those who are signed in. Features hang their routes here; the app draws navigation and top bar around them. */
export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: async ({ location }) => {
    const session = await loadSession();
    if (!session) {
      if (await needsSetUp()) throw redirect({ to: "/setup" });
      throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { back: location.href } });
    }
    if (session.must_change_password || session.must_enrol_totp) throw redirect({ to: "/first-steps" });
  },
});

/** Pages without the shell: sign-in, set-up. */
export const bareRoute = createRoute({ getParentRoute: () => rootRoute, id: "bare" });
