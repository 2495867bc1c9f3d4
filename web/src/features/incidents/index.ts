import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/incidents",
  component: lazyRouteComponent(() => import("./routes/incidents-page"), "IncidentsPage"),
});

export const incidentsRoutes = [page] as const;
