import { Receiver } from "./support/receiver";
import type { APIRequestContext } from "@playwright/test";
import { expect, expectAccessible, screenshot, signIn, test } from "./support/test";

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
  test.setTimeout(200_000);
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
  await page.screenshot({ path: "/tmp/w4/s1.png" });
  await expectAccessible(page);
  await channel.getByRole("button", { name: "Save" }).click();
  const channels = page.getByRole("grid", { name: "Channels" });
  await expect(channels.getByText("On call")).toBeVisible();
  await expect(page.getByText(receiver.secretPart)).toBeHidden();

  receiver.answers(503);
  await page.getByRole("button", { name: "Send a test message to On call" }).click();
  const outcome = page.getByRole("dialog", { name: "Test of On call" });
  await expect(outcome.getByText(/503/)).toBeVisible();
  await page.screenshot({ path: "/tmp/w4/s2.png" });
  await expectAccessible(page);
  receiver.answers(200);
  await page.screenshot({ path: "/tmp/w4/s3.png" });
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
  await page.screenshot({ path: "/tmp/w4/s4.png" });
  await expectAccessible(page);
  await rule.getByRole("switch", { name: "Quiet hours" }).uncheck({ force: true });
  await rule.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("grid", { name: "Rules" }).getByText("Mentions")).toBeVisible();
  await page.screenshot({ path: "/tmp/w4/s5.png" });
  await expectAccessible(page);

  receiver.answers(410);
  const incident = await mention(request, baseURL ?? "", "nora");
  await page.getByRole("tab", { name: "Deliveries" }).click();
  const deliveries = page.getByRole("grid", { name: "Deliveries" });
  const delivery = deliveries.getByRole("row").filter({ hasText: "Mentioned" });
  await expect(delivery.getByText(/410/)).toBeVisible({ timeout: 30_000 });
  await page.screenshot({ path: "/tmp/w4/s6.png" });
  await expectAccessible(page);
  await expect(delivery.getByText("Trying again")).toBeVisible();
  receiver.answers(200);
  await expect(delivery.getByText("Sent", { exact: true })).toBeVisible({ timeout: 90_000 });
  const told = () => receiver.messages.flatMap(({ body }) => (body as { notices: unknown[] }).notices);
  expect(told()).toContainEqual(expect.objectContaining({ on: "mentioned", incident, users: ["nora"] }));
  await delivery.click();
  const before = receiver.messages.length;
  await page.screenshot({ path: "/tmp/w4/s7.png" });
  await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
  await expect.poll(() => receiver.messages.length, { timeout: 30_000 }).toBeGreaterThan(before);
  await page.screenshot({ path: "/tmp/w4/s8.png" });
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

  await page.getByRole("tab", { name: "Channels" }).click();
  await page.getByRole("switch", { name: "On call is on" }).uncheck({ force: true });
  await expect(page.getByText("On call is off")).toBeVisible();
  await channels.getByText("On call").click();
  const edit = page.getByRole("dialog", { name: "Change the channel" });
  await page.screenshot({ path: "/tmp/w4/s9.png" });
  await expect(edit.getByRole("textbox", { name: "Address" })).toHaveValue("");
  await edit.getByRole("button", { name: "Delete" }).click();
  await page.screenshot({ path: "/tmp/w4/s10.png" });
  const asked = page.getByRole("dialog", { name: "Delete On call?" });
  await expect(asked.getByText(/Mentions/)).toBeVisible();
  await asked.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("Nobody is told of incidents yet")).toBeVisible();
  await receiver.stop();
});

