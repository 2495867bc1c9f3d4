import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  validateSearch: (search: Record<string, unknown>): { wall?: boolean | undefined } => (search.wall === true ? { wall: true } : {}),
  component: lazyRouteComponent(() => import("./routes/overview-page"), "OverviewPage"),
});

export const overviewRoutes = [page] as const;
