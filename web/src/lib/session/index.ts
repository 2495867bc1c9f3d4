import { api, credentials, isProblemOf, unwrap, ApiProblem, type Schema } from "@/api-client";
import { createStore, useStore } from "../store";

export type Session = Schema<"SessionState">;
export type Permission =
  | "events.read" | "events.export" | "searches.write"
  | "alerts.read" | "alerts.write"
  | "incidents.read" | "incidents.write" | "incidents.manage"
  | "rules.read" | "rules.write" | "rules.activate" | "exceptions.write"
  | "intel.read" | "intel.write"
  | "sources.read" | "dead_letters.read" | "dead_letters.replay"
  | "system.read" | "settings.read" | "settings.write" | "respond.run"
  | "users.read" | "users.write" | "roles.write" | "keys.own" | "tenants.write"
  | "audit.read";

/** undefined: not asked yet; null: nobody is signed in. */
export const sessionStore = createStore<Session | null | undefined>(undefined);

/** Takes over an answer of the node that says who is signed in. */
export function keepSession(session: Session | Schema<"SignedIn">): void {
  credentials.keep(session.csrf_token);
  sessionStore.set({ confirmed: true, ...session });
}

/** Forgets who was signed in; the cookie is the node's affair. */
export function forgetSession(): void {
  credentials.keep(undefined);
  sessionStore.set(null);
}

/** Asks the node who is signed in, once. */
export async function loadSession(): Promise<Session | null> {
  const known = sessionStore.get();
  if (known !== undefined) return known;
  try {
    keepSession(await unwrap(api.GET("/session")));
  } catch (error) {
    const signedOut = error instanceof ApiProblem && (error.status === 401 || error.status === 403);
    if (!signedOut || isProblemOf(error, "foreign-page")) throw error;
    forgetSession();
  }
  return sessionStore.get() ?? null;
}

export async function signOut(): Promise<void> {
  await unwrap(api.DELETE("/session"));
  forgetSession();
}

export const useSession = (): Session | null => useStore(sessionStore) ?? null;

export const holds = (session: Session | null, permission: Permission): boolean =>
  session?.permissions.includes(permission) ?? false;

/** Whether the person may do this. Hide or disable what they may not; the node refuses it anyway. */
export const useCan = (permission: Permission): boolean => holds(useSession(), permission);

/** Whether the node has no user yet. */
export const needsSetUp = async (): Promise<boolean> => (await unwrap(api.GET("/setup"))).needed;
