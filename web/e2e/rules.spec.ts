import { attackRange, expect, expectAccessible, screenshot, test } from "./support/test";

const ruleText = (id: string): string => `title: A journey met its word
id: ${id}
status: experimental
description: Written by a journey.
logsource:
  category: process_creation
  product: windows
detection:
  selection:
    process.name: journey-of-a-rule.exe
  condition: selection
level: high
`;

const event = (word: string): string =>
  JSON.stringify({
    "@timestamp": new Date().toISOString(),
    "event.category": "process",
    "event.type": "start",
    "event.dataset": "windows.sysmon_operational",
    "host.os.type": "windows",
    "host.name": "wks-journey",
    "process.name": word,
  });

test("a rule is written, checked, tested, back-tested, activated, and fires", async ({ page, request }) => {
  await page.goto(`/rules?${attackRange}`);
  await expect(page.getByRole("grid", { name: "Rules" })).toBeVisible();
  await page.keyboard.press("n");
  await expect(page).toHaveURL(/\/rules\/new/);

  const editor = page.getByRole("textbox", { name: "Text of the rule" });
  await editor.click();
  await page.keyboard.press("Control+a");
  const id = crypto.randomUUID();
  await page.keyboard.insertText(ruleText(id).replace("condition: selection", "condition: selektion"));
  await expect(page.getByRole("button", { name: /there is no selection/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "Save as draft" })).toBeDisabled();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(ruleText(id));
  await expect(page.getByText("No problems")).toBeVisible();

  await page.getByRole("tab", { name: "Test", exact: true }).click();
  await page.getByRole("textbox", { name: "Events", exact: true }).fill(`${event("journey-of-a-rule.exe")}\n${event("other.exe")}`);
  await page.getByRole("button", { name: "Run the test" }).click();
  await expect(page.getByText("1 of 2 matched")).toBeVisible();

  await page.getByRole("tab", { name: "Back-test" }).click();
  await page.getByRole("tabpanel", { name: "Back-test" }).getByRole("button", { name: "Back-test" }).click();
  await expect(page.getByText("It would have raised no alert")).toBeVisible();

  await page.getByRole("button", { name: "Save as draft" }).click();
  await expect(page).toHaveURL(new RegExp(`/rules/${id}`));
  await expect(page.getByText("Draft", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Activate" }).click();
  const dialog = page.getByRole("dialog", { name: /^Activate/ });
  await expect(dialog.getByText(/not back-tested/)).toBeVisible();
  await dialog.getByRole("button", { name: "Activate" }).click();
  await expect(page.getByText("Active", { exact: true })).toBeVisible();

  const sent = await request.post(new URL("/ingest", process.env.VEDETTE_E2E_NDJSON).href, { data: event("journey-of-a-rule.exe") });
  expect(sent.ok()).toBe(true);
  await expect
    .poll(async () => ((await (await request.get(`/api/v1/alerts?rule=${id}`)).json()) as { items: unknown[] }).items.length)
    .toBe(1);
  await page.reload();
  await page.getByRole("tab", { name: "About" }).click();
  await expect(page.getByText("Written by a journey.").last()).toBeVisible();

  await page.getByRole("tab", { name: "Versions" }).click();
  await expect(page.getByRole("list", { name: "Versions" }).getByRole("listitem")).not.toHaveCount(0);
  await expectAccessible(page);
});

test("a shipped rule back-tested over the attack shows its alerts", async ({ page }) => {
  await page.goto(`/rules?${attackRange}&q=Directory%20Replication`);
  await page.getByRole("link", { name: /Directory Replication Requested/ }).click();
  await expect(page.getByText("comes from a file")).toBeVisible();
  await page.getByRole("tab", { name: "Back-test" }).click();
  await page.getByRole("tabpanel", { name: "Back-test" }).getByRole("button", { name: "Back-test" }).click();
  await expect(page.getByRole("img", { name: /alerts of .* events over time/ })).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "rule", async () => {
    await expect(page.getByRole("textbox", { name: "Text of the rule" })).toBeVisible();
  });
});

test("the list and the coverage can be reached and read", async ({ page }) => {
  test.slow();
  await page.goto(`/rules?${attackRange}`);
  await expect(page.getByRole("grid", { name: "Rules" })).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "rules", () => expect(page.getByRole("grid", { name: "Rules" })).toBeVisible());
  await page.getByRole("link", { name: "Coverage" }).click();
  await page.getByRole("button", { name: /^T1059 Command and Scripting Interpreter in Execution/ }).click();
  await expect(page.getByRole("region", { name: /^Rules for T1059/ }).getByRole("link").first()).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "coverage", () => expect(page.getByRole("region", { name: /^Rules for T1059/ })).toBeVisible());
});

test("an exception is written after a look at what it would have hidden", async ({ page }) => {
  await page.goto("/rules/exceptions");
  await page.getByRole("button", { name: "New exception" }).click();
  await page.getByRole("textbox", { name: "Reason" }).fill("known to a journey");
  await page.getByRole("button", { name: "What would it have hidden?" }).click();
  await expect(page.getByText(/It would have hidden/)).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("grid", { name: "Exceptions" }).getByText("known to a journey")).toBeVisible();
});
