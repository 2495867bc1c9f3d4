import { Receiver } from "./support/receiver";
import type { APIRequestContext } from "@playwright/test";
import { expect, expectAccessible, screenshot, signIn, test } from "./support/test";

test("a role and a user are made, and the user sees what the role gives", async ({ page, browser, baseURL }) => {
  await page.goto("/admin/roles");
  await page.getByRole("button", { name: "New role" }).click();
  const role = page.getByRole("dialog", { name: "New role" });
  await role.getByRole("textbox", { name: "Name" }).fill("web team");
  await role.getByRole("checkbox", { name: "events.read" }).check();
  await role.getByRole("checkbox", { name: "rules.read" }).check();
  await role.getByLabel("Data sets").fill("web.access");
  await page.keyboard.press("Enter");
  await role.getByRole("button", { name: "Save" }).click();
  const confirmation = page.getByRole("dialog", { name: "Confirm that it is you" });
  await expect(confirmation.or(page.getByRole("grid").getByText("web team"))).toBeVisible();
  if (await confirmation.isVisible()) {
    await confirmation.getByLabel(/^Password/).fill("correct horse battery 7");
    await confirmation.getByRole("button", { name: "Confirm" }).click();
  }
  await expect(page.getByRole("grid").getByText("web team")).toBeVisible();

  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("button", { name: "New user" }).click();
  const user = page.getByRole("dialog", { name: "New user" });
  await user.getByRole("textbox", { name: "User name" }).fill("bob");
  await user.getByRole("combobox", { name: "Roles" }).click();
  await page.getByRole("option", { name: "web team" }).click();
  await page.keyboard.press("Escape");
  await user.getByLabel("Password", { exact: false }).first().fill("a long and quiet river");
  await user.getByRole("switch", { name: /Must change the password/ }).uncheck({ force: true });
  await user.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("grid", { name: "Users" }).getByText("bob")).toBeVisible();
  await expectAccessible(page);

  const context = await browser.newContext({ baseURL: baseURL ?? "", storageState: { cookies: [], origins: [] } });
  const other = await context.newPage();
  await other.goto("/");
  await signIn(other, { name: "bob", password: "a long and quiet river" });
  const navigation = other.getByRole("navigation", { name: "Main navigation" });
  await expect(navigation.getByRole("link", { name: "Rules" })).toBeVisible();
  await expect(navigation.getByRole("link", { name: "Sources" })).toBeHidden();
  await other.goto("/rules");
  await expect(other.getByRole("grid", { name: "Rules" })).toBeVisible();
  await expect(other.getByRole("button", { name: "New rule" })).toBeHidden();
  await context.close();
});

test("the audit log is read and verified, and settings are shown", async ({ page }) => {
  await page.goto("/admin/audit");
  await expect(page.getByRole("grid", { name: "Audit log" }).getByRole("row").nth(1)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText(/^Intact: /)).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  await expect(page.getByText("password.min_length")).toBeVisible();
  await expectAccessible(page);
});

test("an indicator is added and looked up", async ({ page }) => {
  await page.goto("/admin/intel");
  await page.getByRole("button", { name: "Add indicators" }).click();
  await page.getByRole("textbox", { name: "Values" }).fill("bad[.]example\n203.0.113.66");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("grid").getByText("bad.example")).toBeVisible();
  await page.goto("/admin/intel?look=bad.example");
  await expect(page.getByText("1 indicator meets bad.example")).toBeVisible();
});

/** Mentions somebody in a comment of an incident of the shipped attack; the id of the incident. */
async function mention(request: APIRequestContext, origin: string, who: string): Promise<string> {
  const incident = async () => ((await (await request.get("/api/v1/incidents?limit=1")).json()) as { items: { id: string }[] }).items[0]?.id ?? "";
  await expect.poll(incident, { timeout: 60_000 }).not.toBe("");
  const id = await incident();
  const session = (await (await request.get("/api/v1/session")).json()) as { csrf_token: string };
  const made = await request.post(`/api/v1/incidents/${id}/entries`, {
    headers: { "X-CSRF-Token": session.csrf_token, Origin: origin },
    data: { kind: "comment", text: `Look at this, @${who}` },
  });
  expect(made.status(), await made.text()).toBe(201);
  return id;
}

test("a web hook is told of incidents", async ({ page, request, baseURL }) => {
  test.slow();
  const receiver = await new Receiver().start();
  await page.goto("/admin/notifications");
  await expect(page.getByText("Nobody is told of incidents yet")).toBeVisible();
  await page.getByRole("button", { name: "New channel" }).click();
  const channel = page.getByRole("dialog", { name: "New channel" });
  await channel.getByText("Web hook", { exact: true }).click();
  await channel.getByRole("textbox", { name: "Name" }).fill("On call");
  await channel.getByRole("textbox", { name: "Address" }).fill(receiver.url);
  await channel.getByLabel("Signing key").fill("a long secret");
  await channel.getByRole("button", { name: "Save" }).click();
  await expect(channel.getByText(/must begin with https:/)).toBeVisible();
  await channel.getByRole("switch", { name: "May reach private addresses" }).check({ force: true });
  await expectAccessible(page);
  await channel.getByRole("button", { name: "Save" }).click();
  const channels = page.getByRole("grid", { name: "Channels" });
  await expect(channels.getByText("On call")).toBeVisible();
  await expect(page.getByText(receiver.secretPart)).toBeHidden();

  receiver.answers(503);
  await page.getByRole("button", { name: "Send a test message to On call" }).click();
  const outcome = page.getByRole("dialog", { name: "Test of On call" });
  await expect(outcome.getByText(/503/)).toBeVisible();
  await expectAccessible(page);
  receiver.answers(200);
  await outcome.getByRole("button", { name: "Send again" }).click();
  await expect(outcome.getByText("The receiver has taken the test message.")).toBeVisible();
  const [refused, taken] = receiver.messages;
  expect(refused?.body).toMatchObject({ type: "vedette.notification", test: true });
  expect(taken?.body).toMatchObject({ type: "vedette.notification", test: true });
  expect(taken?.signature).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
  await outcome.getByRole("button", { name: "Close" }).last().click();

  await page.getByRole("tab", { name: "Rules" }).click();
  await page.getByRole("button", { name: "New rule" }).click();
  const rule = page.getByRole("dialog", { name: "New rule" });
  await rule.getByRole("textbox", { name: "Name" }).fill("Mentions");
  await rule.getByRole("checkbox", { name: "Opened" }).uncheck();
  await rule.getByRole("checkbox", { name: "Severity raised" }).uncheck();
  await rule.getByRole("checkbox", { name: "Mentioned" }).check();
  await rule.getByRole("combobox", { name: "Channels" }).click();
  await page.getByRole("option", { name: "On call" }).click();
  await page.keyboard.press("Escape");
  await rule.getByRole("combobox", { name: "Severity at least" }).click();
  await page.getByRole("option", { name: "Informational" }).click();
  await rule.getByRole("combobox", { name: "Only for these users" }).fill("nora");
  await page.keyboard.press("Enter");
  await rule.getByRole("switch", { name: "Quiet hours" }).check({ force: true });
  await expectAccessible(page);
  await rule.getByRole("switch", { name: "Quiet hours" }).uncheck({ force: true });
  await rule.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("grid", { name: "Rules" }).getByText("Mentions")).toBeVisible();
  await expectAccessible(page);

  receiver.answers(410);
  const incident = await mention(request, baseURL ?? "", "nora");
  await page.getByRole("tab", { name: "Deliveries" }).click();
  const deliveries = page.getByRole("grid", { name: "Deliveries" });
  const delivery = deliveries.getByRole("row").filter({ hasText: "Mentioned" });
  await expect(delivery.getByText(/410/)).toBeVisible({ timeout: 30_000 });
  await expectAccessible(page);
  await expect(delivery.getByText("Trying again")).toBeVisible();
  receiver.answers(200);
  await expect(delivery.getByText("Sent", { exact: true })).toBeVisible({ timeout: 90_000 });
  const told = () => receiver.messages.flatMap(({ body }) => (body as { notices: unknown[] }).notices);
  expect(told()).toContainEqual(expect.objectContaining({ on: "mentioned", incident, users: ["nora"] }));
  await delivery.click();
  const before = receiver.messages.length;
  await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
  await expect.poll(() => receiver.messages.length, { timeout: 30_000 }).toBeGreaterThan(before);
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

  await page.getByRole("tab", { name: "Channels" }).click();
  await page.getByRole("switch", { name: "On call is on" }).uncheck({ force: true });
  await expect(page.getByText("On call is off")).toBeVisible();
  await channels.getByText("On call").click();
  const edit = page.getByRole("dialog", { name: "Change the channel" });
  await expect(edit.getByRole("textbox", { name: "Address" })).toHaveValue("");
  await edit.getByRole("button", { name: "Delete" }).click();
  const asked = page.getByRole("dialog", { name: "Delete On call?" });
  await expect(asked.getByText(/Mentions/)).toBeVisible();
  await asked.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("Nobody is told of incidents yet")).toBeVisible();
  await receiver.stop();
});

test("every section opens and is accessible", async ({ page }) => {
  test.slow();
  for (const section of ["users", "roles", "keys", "tenants", "configuration", "notifications", "intel", "feeds"]) {
    await page.goto(`/admin/${section}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toBeHidden();
    await expectAccessible(page);
  }
  await page.goto("/admin/users");
  await screenshot(page, "administration", () => expect(page.getByRole("grid", { name: "Users" })).toBeVisible());
});
