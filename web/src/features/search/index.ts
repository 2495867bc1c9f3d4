import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/search",
  component: lazyRouteComponent(() => import("./routes/search-page"), "SearchPage"),
});

export const searchRoutes = [page] as const;
