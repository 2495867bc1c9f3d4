import { attackRange, expect, expectAccessible, screenshot, test } from "./support/test";

test("a risky host says what it did, and why it is risky", async ({ page }) => {
  const list = page.getByRole("grid", { name: "Entities" });
  await expect(async () => {
    await page.goto(`/entities?${attackRange}`);
    await expect(list.getByText("wks07.corp.example.com")).toBeVisible({ timeout: 5_000 });
  }).toPass();
  await expectAccessible(page);
  await screenshot(page, "entities", () => expect(list.getByText("wks07.corp.example.com")).toBeVisible());

  await list.getByText("wks07.corp.example.com").click();
  await expect(page.getByRole("heading", { level: 1, name: "wks07.corp.example.com" })).toBeVisible();
  const activity = page.getByRole("region", { name: "Activity" });
  await expect(activity.getByRole("img", { name: /^Events over time/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Alerts" }).getByRole("link").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "What makes its risk" }).getByText(/^\+/).first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Incidents" }).getByRole("link").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "user.name" }).getByText("j.ward")).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "entity", () => expect(activity.getByRole("img")).toBeVisible());

  await page.getByRole("region", { name: "Incidents" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/incidents\/inc-/);
});

test("a user of a domain is found by both parts of the name", async ({ page }) => {
  await page.goto(`/entities/user/${encodeURIComponent("CORP\\j.ward")}?${attackRange}`);
  await expect(page.getByRole("heading", { level: 1, name: "CORP\\j.ward" })).toBeVisible();
  await expect(page.getByRole("region", { name: "host.name" }).getByText("wks07.corp.example.com")).toBeVisible();
});
