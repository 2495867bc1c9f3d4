import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";
import { readListSearch, readTab } from "./lib/search";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/incidents",
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import("./routes/incidents-page"), "IncidentsPage"),
});

const incident = createRoute({
  getParentRoute: () => shellRoute,
  path: "/incidents/$id",
  validateSearch: readTab,
  component: lazyRouteComponent(() => import("./routes/incident-page"), "IncidentPage"),
});

export const incidentsRoutes = [page, incident] as const;
