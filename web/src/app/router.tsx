import { createRoute, createRouter } from "@tanstack/react-router";
import { LoadingState } from "@/components";
import { adminRoutes } from "@/features/admin";
import { alertsRoutes } from "@/features/alerts";
import { entitiesRoutes } from "@/features/entities";
import { incidentsRoutes } from "@/features/incidents";
import { overviewRoutes } from "@/features/overview";
import { rulesRoutes } from "@/features/rules";
import { searchRoutes } from "@/features/search";
import { sessionBareRoutes, sessionRoutes } from "@/features/session";
import { sourcesRoutes } from "@/features/sources";
import { bareRoute, rootRoute, shellRoute } from "@/lib/router/roots";
import { queryClient } from "./query-client";
import { NotFound, RouteError } from "./route-states";
import { Shell } from "./shell/shell";

shellRoute.update({ component: Shell });

// Within the shell, so that the way on is at hand.
const anyOther = createRoute({ getParentRoute: () => shellRoute, path: "$", component: NotFound });

const routeTree = rootRoute.addChildren([
  bareRoute.addChildren([...sessionBareRoutes]),
  shellRoute.addChildren([
    ...overviewRoutes,
    ...searchRoutes,
    ...alertsRoutes,
    ...incidentsRoutes,
    ...entitiesRoutes,
    ...rulesRoutes,
    ...sourcesRoutes,
    ...adminRoutes,
    ...sessionRoutes,
    anyOther,
  ]),
]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: "intent",
  defaultPendingMs: 300,
  defaultPendingComponent: () => <LoadingState />,
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
