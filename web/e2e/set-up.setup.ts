import { administrator, stateFile } from "./support/run";
import { expect, expectAccessible, signIn, test } from "./support/test";

test("the first administrator is made, signs out and in again", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/setup$/);
  await expectAccessible(page);

  await page.goto(`/setup#token=${process.env.VEDETTE_E2E_TOKEN ?? ""}`);
  await page.reload();
  await expect(page.getByLabel("Set-up token")).not.toHaveValue("");
  await page.getByLabel("User name").fill(administrator.name);
  const [first, second] = [page.getByLabel(/^Password(?! again)/), page.getByLabel("Password again")];
  await first.fill("password1234");
  await second.fill("password1234");
  await page.getByRole("button", { name: "Make the administrator" }).click();
  await expect(page.getByRole("alert")).toBeVisible();

  await first.fill(administrator.password);
  await second.fill("something else entirely");
  await expect(page.getByText("The passwords differ")).toBeVisible();
  await second.fill(administrator.password);
  await page.getByRole("button", { name: "Make the administrator" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await expectAccessible(page);

  await page.getByLabel("User name").fill(administrator.name);
  await page.locator("input[autocomplete=current-password]").fill("wrong password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await signIn(page);
  await page.context().storageState({ path: stateFile });
});
