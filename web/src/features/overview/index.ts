import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./routes/overview-page"), "OverviewPage"),
});

export const overviewRoutes = [page] as const;
