import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/sources",
  component: lazyRouteComponent(() => import("./routes/sources-page"), "SourcesPage"),
});

export const sourcesRoutes = [page] as const;
