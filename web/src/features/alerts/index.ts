import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/alerts",
  component: lazyRouteComponent(() => import("./routes/alerts-page"), "AlertsPage"),
});

export const alertsRoutes = [page] as const;
