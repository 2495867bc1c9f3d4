import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";
import { readSearchParams } from "./model/search-params";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/search",
  validateSearch: readSearchParams,
  component: lazyRouteComponent(() => import("./routes/search-page"), "SearchPage"),
});

export const searchRoutes = [page] as const;
