import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/admin",
  component: lazyRouteComponent(() => import("./routes/admin-page"), "AdminPage"),
});

const section = createRoute({
  getParentRoute: () => shellRoute,
  path: "/admin/$section",
  validateSearch: (search: Record<string, unknown>): { look?: string } =>
    typeof search.look === "string" && search.look !== "" ? { look: search.look.slice(0, 2048) } : {},
  component: lazyRouteComponent(() => import("./routes/admin-page"), "AdminPage"),
});

export const adminRoutes = [page, section] as const;
