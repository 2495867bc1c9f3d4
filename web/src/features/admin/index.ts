import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";

const page = createRoute({
  getParentRoute: () => shellRoute,
  path: "/admin",
  component: lazyRouteComponent(() => import("./routes/admin-page"), "AdminPage"),
});

interface SectionSearch {
  look?: string;
  tab?: string;
  delivery?: string;
  channel?: string;
}

const lengths: Record<keyof SectionSearch, number> = { look: 2048, tab: 20, delivery: 20, channel: 512 };

const readSearch = (search: Record<string, unknown>): SectionSearch =>
  Object.fromEntries(
    Object.entries(lengths).flatMap(([name, most]) => {
      const value = search[name];
      return typeof value === "string" && value !== "" ? [[name, value.slice(0, most)]] : [];
    }),
  );

const section = createRoute({
  getParentRoute: () => shellRoute,
  path: "/admin/$section",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("./routes/admin-page"), "AdminPage"),
});

export const adminRoutes = [page, section] as const;
