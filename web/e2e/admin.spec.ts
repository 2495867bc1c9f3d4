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
