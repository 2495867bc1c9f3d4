import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";
import { readQueueSearch } from "./lib/search";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/alerts",
  validateSearch: readQueueSearch,
  component: lazyRouteComponent(() => import("./routes/alerts-page"), "AlertsPage"),
});

export const alertsRoutes = [page] as const;
