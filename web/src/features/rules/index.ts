import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules",
  component: lazyRouteComponent(() => import("./routes/rules-page"), "RulesPage"),
});

export const rulesRoutes = [page] as const;
