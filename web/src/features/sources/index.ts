import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/sources",
  validateSearch: (search: Record<string, unknown>): { tab?: string; q?: string; silent?: boolean } => ({
    ...(typeof search.tab === "string" ? { tab: search.tab.slice(0, 20) } : {}),
    ...(typeof search.q === "string" && search.q !== "" ? { q: search.q.slice(0, 8192) } : {}),
    ...(search.silent === true ? { silent: true } : {}),
  }),
  component: lazyRouteComponent(() => import("./routes/sources-page"), "SourcesPage"),
});

const one = createRoute({
  getParentRoute: () => shellRoute,
  path: "/sources/$listener/$source",
  component: lazyRouteComponent(() => import("./routes/source-page"), "SourcePage"),
});

export const sourcesRoutes = [list, one] as const;
