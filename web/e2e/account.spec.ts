import { createHmac } from "node:crypto";
import { expect, expectAccessible, test } from "./support/test";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code of a secret (RFC 6238) at a time in seconds. */
function codeOf(secret: string, seconds: number): string {
  let bits = "";
  for (const letter of secret) bits += alphabet.indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const number = hash.readUInt32BE((hash.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

test("somebody new sets a password, turns on one-time codes, ends a session, and signs in with a recovery code", async ({ browser, request, baseURL }) => {
  const first = "a first password 11";
  const carol = { name: "carol", password: "a password of her own 12" };
  const session = (await (await request.get("/api/v1/session")).json()) as { csrf_token: string; user: { roles: string[] } };
  const made = await request.post("/api/v1/users", {
    headers: { "X-CSRF-Token": session.csrf_token, Origin: baseURL ?? "" },
    data: { name: carol.name, password: first, roles: session.user.roles },
  });
  expect(made.status(), await made.text()).toBe(201);

  const context = await browser.newContext({ baseURL: baseURL ?? "", storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("User name").fill(carol.name);
  await page.locator("input[autocomplete=current-password]").fill(first);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByText("Set a password of your own")).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Present password").fill(first);
  await page.getByLabel("New password").fill(carol.password);
  await page.getByLabel("Password again").fill(carol.password);
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();

  await page.goto("/account");
  await page.getByRole("button", { name: "Set up one-time codes" }).click();
  const confirm = page.getByRole("dialog", { name: "Confirm that it is you" });
  const qr = page.getByRole("img", { name: "QR code for an authenticator" });
  await expect(qr.or(confirm)).toBeVisible();
  if (await confirm.isVisible()) {
    await confirm.locator("input[type=password]").fill(carol.password);
    await confirm.getByRole("button", { name: "Confirm" }).click();
  }
  await expect(qr).toBeVisible();
  await expectAccessible(page);
  const secret = await page.getByText(/^[A-Z2-7]{32}$/).innerText();
  await page.getByRole("textbox", { name: "Code" }).fill(codeOf(secret, Date.now() / 1000));
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByText("Recovery codes")).toBeVisible();
  const [recovery = "", another = ""] = (await page.locator("pre").innerText()).split("\n");
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByText("One-time codes are on.")).toBeVisible();

  const elsewhere = await browser.newContext({ baseURL: baseURL ?? "", storageState: { cookies: [], origins: [] } });
  const elsewhereSignedIn = await elsewhere.request.post("/api/v1/session", { data: { ...carol, code: another } });
  expect(elsewhereSignedIn.status()).toBe(200);
  await page.reload();
  await page.getByRole("button", { name: "End", exact: true }).click();
  await expect(page.getByText("The session has ended")).toBeVisible();
  expect((await elsewhere.request.get("/api/v1/session")).status()).toBe(401);
  await elsewhere.close();

  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("User name").fill(carol.name);
  await page.locator("input[autocomplete=current-password]").fill(carol.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("textbox", { name: "One-time code" }).fill("000000");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByRole("textbox", { name: "One-time code" }).fill(recovery);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await context.close();
});
