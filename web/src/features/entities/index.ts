import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/entities",
  component: lazyRouteComponent(() => import("./routes/entities-page"), "EntitiesPage"),
});

const entity = createRoute({
  getParentRoute: () => shellRoute,
  path: "/entities/$kind/$value",
  component: lazyRouteComponent(() => import("./routes/entities-page"), "EntitiesPage"),
});

export const entitiesRoutes = [page, entity] as const;
