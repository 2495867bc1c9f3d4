import type { Page } from "@playwright/test";
import { attackRange, expect, expectAccessible, screenshot, test } from "./support/test";

test.describe.configure({ mode: "serial" });

const queue = (page: Page) => page.getByRole("grid", { name: "Alerts, the queue" });
const rows = (page: Page) => queue(page).getByRole("row").filter({ has: page.getByRole("gridcell") });
const every = `${attackRange}&status=%5B%22new%22%2C%22in_progress%22%2C%22closed%22%5D`;

const macro = "b82c3d14-82a1-44fe-980e-d98f5bc27f51";
const cleared = "174c396d-b720-4f09-ba52-5e5fbbe8e336";

async function openQueue(page: Page, parameters = attackRange): Promise<void> {
  await expect(async () => {
    await page.goto(`/alerts?${parameters}`);
    await expect(rows(page).first()).toBeVisible({ timeout: 5_000 });
  }).toPass();
}

/** The number beside a status in the toolbar. */
async function countOf(page: Page, status: string): Promise<number> {
  const text = await page.getByRole("radiogroup", { name: "Status" }).getByText(new RegExp(`^${status} \\d`)).textContent();
  return Number(text?.replace(/\D/g, ""));
}

test("ten alerts are judged by keyboard, and a judgement is taken back", async ({ page }) => {
  await openQueue(page);
  await expect.poll(() => countOf(page, "Open")).toBeGreaterThan(15);
  const before = await countOf(page, "Closed");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const detail = page.getByRole("complementary", { name: "Alert" });
  await expect(detail.getByRole("heading", { level: 2 })).toBeVisible();

  await page.keyboard.press("e");
  const dialog = page.getByRole("dialog", { name: "Judge 1 alert" });
  await dialog.getByRole("button", { name: "Decide" }).click();
  await expect(dialog.getByText("Choose a verdict")).toBeVisible();
  await dialog.getByRole("radio").first().focus();
  await page.keyboard.press("2");
  await page.keyboard.type("a drill of the red team");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Closed 1 alert")).toBeVisible();

  for (let i = 1; i < 10; i += 1) {
    const title = await detail.getAttribute("data-alert");
    await page.keyboard.press("Shift+E");
    await expect.poll(() => detail.getAttribute("data-alert")).not.toBe(title);
  }
  await expect.poll(() => countOf(page, "Closed")).toBe(before + 10);

  await page.getByRole("button", { name: "Undo" }).last().click();
  await expect.poll(() => countOf(page, "Closed")).toBe(before + 9);
});

test("many are chosen, assigned, and judged at once", async ({ page }) => {
  await openQueue(page);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await expect(page.getByText("2 alerts chosen")).toBeVisible();
  await page.keyboard.press("a");
  await expect(page.getByText("2 alerts are yours")).toBeVisible();
  await expect(rows(page).getByText("ada", { exact: true })).toHaveCount(2);
});

test("a group opens, and its alerts are judged together", async ({ page }) => {
  await openQueue(page);
  await page.getByRole("radiogroup", { name: "Group by" }).getByText("Rule").click();
  await expect(page).toHaveURL(/group=rule/);
  // A group of several: what a group has stands at its beginning.
  await rows(page).first().click();
  await expect(rows(page).nth(1).getByRole("checkbox")).toBeVisible();
  await page.keyboard.press("e");
  await expect(page.getByRole("dialog", { name: /^Judge \d+ alerts?$/ })).toBeVisible();
  await expectAccessible(page);
});

test("what matched is marked, and the tree of processes shows where it came from", async ({ page }) => {
  await openQueue(page, `${every}&rule=${macro}`);
  await rows(page).getByText("Office Application Starts An Interpreter Or Loader").first().click();
  const detail = page.getByRole("complementary", { name: "Alert" });
  await expect(detail.locator("mark").getByText("\\WINWORD.EXE").first()).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "alert", () => expect(detail.locator("mark").first()).toBeVisible());

  await detail.getByRole("tab", { name: "Processes" }).click();
  const tree = detail.getByRole("tree");
  await expect(tree.getByRole("treeitem", { name: /WINWORD\.EXE/ })).toBeVisible();
  const self = tree.getByRole("treeitem", { selected: true });
  await expect(self).toContainText("powershell.exe");
  await self.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(tree.getByRole("treeitem", { selected: true })).toContainText("WINWORD.EXE");
  await screenshot(page, "alert-processes", () => expect(tree.getByRole("treeitem").first()).toBeVisible());

  await detail.getByRole("tab", { name: "Similar" }).click();
  await expect(detail.getByText("Same host or user")).toBeVisible();
  await page.keyboard.press("c");
  await detail.getByLabel("Comment").fill("asked the owner of the machine");
  await page.keyboard.press("Control+Enter");
  await expect(detail.getByText("asked the owner of the machine")).toBeVisible();
});

test("an exception is made after its preview", async ({ page }) => {
  await openQueue(page, `${every}&rule=${cleared}`);
  await rows(page).getByText("Windows Event Log Cleared").first().click();
  await page.getByRole("complementary", { name: "Alert" }).getByRole("button", { name: "Suppress" }).click();
  const dialog = page.getByRole("dialog", { name: /^Suppress alerts of Windows Event Log/ });
  const submit = dialog.getByRole("button", { name: "Suppress" });
  await dialog.getByLabel("Reason").fill("the cleaning of the operations team");
  await expect(submit).toBeDisabled();
  await dialog.getByRole("button", { name: "Preview" }).click();
  await expect(dialog.getByText(/alerts would have been hidden/)).toBeVisible();
  await expectAccessible(page);
  await submit.click();
  await expect(page.getByText("Such alerts are suppressed from now on")).toBeVisible();
});

test("the queue in both themes", async ({ page }) => {
  await openQueue(page, every);
  await expectAccessible(page);
  await screenshot(page, "alerts", () => expect(rows(page).first()).toBeVisible());
});
