import { attackRange, expect, expectAccessible, screenshot, test } from "./support/test";

test("the overview shows the attack, and leads on", async ({ page }) => {
  await page.goto(`/?${attackRange}`);
  await expect(page.getByRole("img", { name: /alerts over time/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^T1003 OS Credential Dumping in Credential access/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Key figures" }).getByText("Sources", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "overview", () => expect(page.getByRole("img", { name: /alerts over time/ })).toBeVisible());
  await page.getByRole("link", { name: "Coverage of the rules" }).click();
  await expect(page).toHaveURL(/\/rules\/coverage/);
});

test("a stretch drawn over the chart becomes the time range", async ({ page }) => {
  await page.goto(`/?${attackRange}`);
  const chart = page.getByRole("img", { name: /alerts over time/ });
  await expect(chart).toBeVisible();
  const box = await chart.boundingBox();
  if (!box) throw new Error("the chart has no place");
  await page.mouse.move(box.x + box.width * 0.3, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=2026-11-03T0[5-9]/);
});

test("the wall screen is entered and left", async ({ page }) => {
  await page.goto(`/?${attackRange}`);
  await page.getByRole("button", { name: "Wall screen" }).click();
  await expect(page).toHaveURL(/wall=true/);
  await expect(page.getByRole("button", { name: "Leave the wall screen" })).toBeVisible();
  await screenshot(page, "wall", () => expect(page.getByRole("img", { name: /alerts over time/ })).toBeVisible());
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Wall screen" })).toBeVisible();
});
