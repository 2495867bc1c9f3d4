import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/admin",
  component: lazyRouteComponent(() => import("./routes/admin-page"), "AdminPage"),
});

export const adminRoutes = [page] as const;
