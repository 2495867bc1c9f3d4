import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/lib/router/roots";
import { readFilters, type RuleFilters } from "./api/filters";

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules",
  validateSearch: (search: Record<string, unknown>): RuleFilters => readFilters(search),
  component: lazyRouteComponent(() => import("./routes/rules-page"), "RulesPage"),
});

const make = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules/new",
  validateSearch: (search: Record<string, unknown>): { copy?: string } => (typeof search.copy === "string" ? { copy: search.copy } : {}),
  component: lazyRouteComponent(() => import("./routes/new-rule-page"), "NewRulePage"),
});

const coverage = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules/coverage",
  validateSearch: (search: Record<string, unknown>): { technique?: string; all?: boolean } => ({
    ...(typeof search.technique === "string" ? { technique: search.technique.slice(0, 20) } : {}),
    ...(search.all === true ? { all: true } : {}),
  }),
  component: lazyRouteComponent(() => import("./routes/coverage-page"), "CoveragePage"),
});

const exceptions = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules/exceptions",
  component: lazyRouteComponent(() => import("./routes/exceptions-page"), "ExceptionsPage"),
});

const one = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules/$id",
  component: lazyRouteComponent(() => import("./routes/rule-page"), "RulePage"),
});

export const rulesRoutes = [list, make, coverage, exceptions, one] as const;
