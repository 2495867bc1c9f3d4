import { expect, expectAccessible, signIn, test } from "./support/test";

test("an address asks for a sign-in and is opened afterwards", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL: baseURL ?? "", storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto("/account?from=now-7d&to=now");
  await expect(page).toHaveURL(/\/sign-in/);
  await signIn(page);
  await expect(page).toHaveURL(/\/account\?.*from=now-7d/);
  await expect(page.getByRole("button", { name: "Last 7 days" })).toBeVisible();
  await context.close();
});

test("an ended session is renewed in place", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL: baseURL ?? "", storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto("/account");
  await signIn(page);
  await expect(page.getByText("this one")).toBeVisible();
  await context.clearCookies();
  await page.getByLabel("New password").fill("half typed");
  await page.getByRole("button", { name: "Refresh now" }).click();
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(dialog).toBeVisible();
  await dialog.locator("input[autocomplete=current-password]").fill("correct horse battery 7");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel("New password")).toHaveValue("half typed");
  await context.close();
});

test("the palette, the help sheet and the time range work by keyboard", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /Go to a page/ }).fill("rul");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/rules/);
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page).toHaveURL(/\/alerts/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Last 24 hours" }).click();
  await page.getByLabel("From", { exact: true }).fill("tomorrow");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText(/^Not a time/)).toBeVisible();
  await page.getByLabel("From", { exact: true }).fill("2026-11-03 08:00");
  await page.getByLabel("To", { exact: true }).fill("2026-11-03 09:00");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("button", { name: "2026-11-03 08:00 – 2026-11-03 09:00" })).toBeVisible();
  await expect(page).toHaveURL(/from=2026-11-03T08/);
  await expectAccessible(page);
});

test("the network is cut and comes back", async ({ page, context }) => {
  await page.goto("/account");
  await expect(page.getByText("this one").first()).toBeVisible();
  await context.setOffline(true);
  await page.getByRole("button", { name: "Refresh now" }).click();
  await expect(page.getByText("No connection to the node")).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText("No connection to the node")).toBeHidden();
});

test("themes and unknown addresses", async ({ page }) => {
  await page.goto("/no/such/page");
  await expect(page.getByText("There is no such page")).toBeVisible();
  for (const theme of ["Light", "High contrast", "Dark"]) {
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitemradio", { name: theme }).click();
    await page.keyboard.press("Escape");
    await expectAccessible(page);
  }
});

test("the first load is small", async ({ page }) => {
  const budget = 300_000;
  await page.goto("/search");
  await page.getByRole("button", { name: "Run", exact: true }).waitFor();
  const scripts = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((entry) => entry as PerformanceResourceTiming)
      .filter((entry) => new URL(entry.name).pathname.endsWith(".js"))
      // The editor comes after the page, which works without it.
      .filter((entry) => !/\/(query-editor|editor)-/.test(entry.name))
      .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
  );
  test.info().annotations.push({ type: "gzipped scripts of the first load", description: String(scripts) });
  expect(scripts).toBeGreaterThan(50_000);
  expect(scripts).toBeLessThan(budget);
});

test("what the node serves is guarded", async ({ request }) => {
  const page = await request.get("/", { headers: { Accept: "text/html" } });
  expect(page.headers()["content-security-policy"]).toContain("default-src 'self'");
  expect(page.headers()["cache-control"]).toBe("no-cache");
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
  const answer = await request.get(script ?? "");
  expect(answer.headers()["content-encoding"]).toBe("gzip");
  expect(answer.headers()["cache-control"]).toContain("immutable");
});
