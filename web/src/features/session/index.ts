import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { bareRoute, shellRoute } from "@/lib/router/roots";

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const signIn = createRoute({
  getParentRoute: () => bareRoute,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { back?: string } => {
    const back = text(search.back);
    // Only a path of this console: `//host` would be another site.
    return back !== undefined && /^\/(?![/\\])/.test(back) ? { back } : {};
  },
  component: lazyRouteComponent(() => import("./routes/sign-in-page"), "SignInPage"),
});

const setUp = createRoute({
  getParentRoute: () => bareRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("./routes/set-up-page"), "SetUpPage"),
});

const reset = createRoute({
  getParentRoute: () => bareRoute,
  path: "/reset",
  component: lazyRouteComponent(() => import("./routes/reset-page"), "ResetPage"),
});

const first = createRoute({
  getParentRoute: () => bareRoute,
  path: "/first-steps",
  component: lazyRouteComponent(() => import("./routes/first-steps-page"), "FirstStepsPage"),
});

const account = createRoute({
  getParentRoute: () => shellRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("./routes/account-page"), "AccountPage"),
});

export const sessionBareRoutes = [signIn, setUp, reset, first] as const;
export const sessionRoutes = [account] as const;
export { SessionDialogs } from "./components/session-dialogs";
