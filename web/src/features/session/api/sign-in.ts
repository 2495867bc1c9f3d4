import { api, unwrap, type Schema } from "@/api-client";
import { keepSession } from "@/lib/session";

export async function signIn(body: Schema<"SignIn">): Promise<void> {
  keepSession(await unwrap(api.POST("/session", { body })));
}

export async function setUp(body: Schema<"SetUp">): Promise<void> {
  keepSession(await unwrap(api.POST("/setup", { body })));
}

export async function confirmSession(body: Schema<"Confirmation">): Promise<void> {
  keepSession(await unwrap(api.POST("/session/confirm", { body })));
}

export async function changePassword(body: Schema<"PasswordChange">): Promise<void> {
  keepSession(await unwrap(api.PUT("/session/password", { body })));
}

/** Reads anew what the session may do, after something about it has changed. */
export async function readSession(): Promise<void> {
  keepSession(await unwrap(api.GET("/session")));
}
