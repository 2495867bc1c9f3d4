import type { Page } from "@playwright/test";
import { expect, test } from "./support/test";

const payloads = [
  "<img src=x onerror=window.ran=1>",
  "<script>window.ran=1</script>",
  "<svg/onload=window.ran=1>",
  "javascript:window.ran=1",
  "\"><iframe srcdoc='<script>parent.ran=1</script>'>",
  "{{constructor.constructor('window.ran=1')()}}",
  "${window.ran=1}",
  "</textarea><script>window.ran=1</script>",
  "=HYPERLINK(\"http://example.com\")",
  "\u202egnp.exe\u0000\u0007\u001b[31m",
  "long".repeat(2_000),
  "<a href='javascript:window.ran=1'>x</a>",
];

async function expectNothingRan(page: Page): Promise<void> {
  expect(await page.evaluate(() => (window as { ran?: number }).ran)).toBeUndefined();
  expect(await page.locator("iframe, img, main a[href]:not([href^='#'])").count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
}

test("content of events and names of fields never act", async ({ page, request }) => {
  const lines = payloads.map((payload, index) =>
    JSON.stringify({
      "@timestamp": new Date().toISOString(),
      "event.dataset": "hostile.content",
      message: payload,
      "host.name": payload,
      "user.name": payload,
      "url.original": payload,
      [`x${payload.slice(0, 60)}${index}`]: payload,
    }),
  );
  const sent = await request.post(process.env.VEDETTE_E2E_NDJSON ?? "", {
    headers: { "Content-Type": "application/x-ndjson" },
    data: lines.join("\n") + "\n",
  });
  expect(sent.ok()).toBe(true);

  const query = encodeURIComponent("event.dataset: hostile.content");
  const range = "from=now-1h&to=now";
  const events = page.getByRole("grid", { name: "Events" });
  await page.goto(`/search?${range}&query=${query}&by=host.name&columns=message,host.name,user.name,url.original`);
  await expect(async () => {
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.getByText(`${payloads.length} of ${payloads.length} ·`)).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await expectNothingRan(page);

  for (let row = 0; row < payloads.length; row++) {
    await events.focus();
    await page.keyboard.press("Home");
    for (let step = 0; step < row; step++) await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const drawer = page.getByRole("dialog");
    await expect(drawer.getByRole("row", { name: /event\.dataset/ })).toBeVisible();
    if (row === 0) {
      await drawer.getByRole("tab", { name: "JSON" }).click();
      await drawer.getByRole("tab", { name: "Original" }).click();
    }
    await page.keyboard.press("Escape");
  }
  await expectNothingRan(page);

  await page.getByRole("complementary", { name: "Fields" }).getByRole("button", { name: "host.name", exact: true }).click();
  await expect(page.getByText(/values in/)).toBeVisible();
  await expectNothingRan(page);

  // The second is of host.name, which is compared as a whole.
  await events.getByRole("button", { name: /What to do with <script>/ }).nth(1).click();
  await page.getByRole("menuitem", { name: "Filter for this value" }).click();
  await expect(page.getByText("1 of 1 ·")).toBeVisible();

  await page.goto(`/search?${range}&query=${encodeURIComponent("event.dataset: hostile.content | stats n = count() by host.name, user.name")}`);
  await expect(page.getByRole("grid", { name: "Results" })).toBeVisible();
  await expectNothingRan(page);
  await page.goto(`/search?${range}&query=${query}&view=patterns`);
  await expect(page.getByRole("grid", { name: "Patterns" })).toBeVisible();
  await expectNothingRan(page);

  for (const payload of payloads.slice(0, 8)) {
    await page.goto(`/search?${range}&query=${encodeURIComponent(payload)}&columns=${encodeURIComponent(payload)}&by=${encodeURIComponent(payload)}`);
    await expect(page.getByRole("button", { name: "Run", exact: true })).toBeVisible();
    await expectNothingRan(page);
  }
});
