import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";
import { readEntitySearch } from "./lib/search";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/entities",
  validateSearch: readEntitySearch,
  component: lazyRouteComponent(() => import("./routes/entities-page"), "EntitiesPage"),
});

const entity = createRoute({
  getParentRoute: () => shellRoute,
  path: "/entities/$kind/$value",
  component: lazyRouteComponent(() => import("./routes/entity-page"), "EntityPage"),
});

export const entitiesRoutes = [page, entity] as const;
