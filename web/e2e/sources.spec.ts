import { attackRange, expect, expectAccessible, screenshot, test } from "./support/test";

test("sources are listed, and one has a page", async ({ page }) => {
  await page.goto("/sources");
  const grid = page.getByRole("grid", { name: "Sources" });
  await expect(grid.getByText(/cloudtrail\.json/)).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "sources", () => expect(grid.getByText(/cloudtrail\.json/)).toBeVisible());
  await page.getByRole("textbox", { name: "Find a source" }).fill("cloudtrail");
  await page.getByRole("link", { name: /cloudtrail\.json/ }).click();
  await expect(page.getByRole("heading", { name: /cloudtrail\.json/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: "What could not be parsed" })).toBeVisible();
  await expectAccessible(page);
});

test("what could not be parsed is kept with its reason", async ({ page, request }) => {
  const sent = await request.post(new URL("/ingest?format=json&source=journey", process.env.VEDETTE_E2E_NDJSON).href, { data: '{"broken": \n' });
  expect(sent.ok()).toBe(true);
  await expect(async () => {
    await page.goto("/sources?tab=failures");
    await expect(page.getByText(/"broken"/).first()).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await page.getByText(/"broken"/).first().click();
  await expect(page.getByRole("dialog").getByText("Reason")).toBeVisible();
});

test("each part of the page opens and is accessible", async ({ page }) => {
  for (const tab of ["conflicts", "storage", "health", "add"]) {
    await page.goto(`/sources?tab=${tab}&${attackRange}`);
    await expect(page.getByRole("tab", { selected: true })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toBeHidden();
    await expectAccessible(page);
  }
  await page.getByRole("button", { name: "logger" }).click();
  await expect(page.getByText(/^logger -n 127\.0\.0\.1 -P \d+/)).toBeVisible();
});
