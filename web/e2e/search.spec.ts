import type { Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { attackRange, expect, expectAccessible, screenshot, test } from "./support/test";

const status = (page: Page) => page.getByRole("status").filter({ hasText: / of [\d,]+ ·/ });
const queryBar = (page: Page) => page.locator(".cm-content");
const events = (page: Page) => page.getByRole("grid", { name: "Events" });

async function openSearch(page: Page, more = ""): Promise<void> {
  await page.goto(`/search?${attackRange}${more}`);
  await expect(status(page)).toBeVisible();
}

async function runQuery(page: Page, query: string): Promise<void> {
  await queryBar(page).fill(query);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(status(page)).toBeVisible();
}

test.beforeEach(async ({ request }) => {
  // The sample arrives while the first journeys run.
  await expect
    .poll(async () => {
      const answer = await request.get("/status");
      return answer.ok();
    })
    .toBe(true);
});

test("a search is narrowed by value, brushed, and shared by its address", async ({ page, context }) => {
  await openSearch(page);
  await expect(page.getByText(/of 3,2\d\d ·/)).toBeVisible();
  await screenshot(page, "search", async () => {
    await expect(status(page)).toBeVisible();
    await expect(page.getByRole("img", { name: /Events over time/ })).toBeVisible();
  });
  await expectAccessible(page);

  await page.getByRole("complementary", { name: "Fields" }).getByRole("button", { name: "event.dataset", exact: true }).click();
  await page.getByRole("button", { name: "Filter for this value: windows.security" }).click();
  await expect(queryBar(page)).toHaveText('event.dataset: "windows.security"');
  await expect(page.getByText(/418 of 418 ·/)).toBeVisible();

  const chart = page.getByRole("img", { name: /Events over time/ });
  const box = await chart.boundingBox();
  if (!box) throw new Error("the histogram has no place");
  await page.mouse.move(box.x + box.width * 0.34, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await expect(page).not.toHaveURL(/from=2026-11-03T00/);
  await expect(page.getByText(/418 of 418 ·/)).toBeHidden();
  await expect(status(page)).toBeVisible();
  const shown = await status(page).innerText();

  const other = await context.newPage();
  await other.goto(page.url());
  await expect(status(other)).toHaveText(new RegExp(`^${shown.split(" · ")[0] ?? ""}`));
  await other.close();
});

test("the query bar completes fields, values and commands, and marks faults", async ({ page }) => {
  await openSearch(page);
  await queryBar(page).click();
  await page.keyboard.type("user.na");
  await expect(page.getByRole("option", { name: /^user\.name/ })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(queryBar(page)).toHaveText("user.name");
  await page.keyboard.type(": j");
  await expect(page.getByRole("option", { name: /j\.ward/ })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(queryBar(page)).toHaveText('user.name: "j.ward"');
  await page.keyboard.type(" | st");
  await expect(page.getByRole("option", { name: /^stats/ })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.type("nonsense");
  await page.keyboard.press("Escape");
  await expect(page.locator(".cm-lintRange-error")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("Column");
});

test("an event is read in all its forms, and what was around it", async ({ page }) => {
  await openSearch(page, `&query=${encodeURIComponent("event.code: 4624")}`);
  await events(page).focus();
  for (const key of ["j", "j", "Enter"]) await page.keyboard.press(key);
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByRole("row", { name: /event\.code/ })).toContainText("4624");
  await screenshot(page, "search-event", () => expect(drawer.getByRole("row", { name: /event\.code/ })).toBeVisible());
  await expectAccessible(page);
  await drawer.getByRole("tab", { name: "JSON" }).click();
  await expect(drawer.getByText('"event.code": "4624"')).toBeVisible();
  await drawer.getByRole("tab", { name: "Original" }).click();
  await drawer.getByRole("tab", { name: "Surrounding" }).click();
  await expect(drawer.getByRole("listitem").nth(12)).toBeVisible();
  await expect(drawer.locator("[aria-current=true]")).toHaveCount(1);
  await drawer.getByRole("tab", { name: "Table" }).click();
  const before = page.url();
  await drawer.getByRole("button", { name: "Next event" }).click();
  await expect(page).not.toHaveURL(before);
  await drawer.getByRole("button", { name: "Show user.name as a column" }).click();
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(page.getByRole("columnheader", { name: /user\.name/ })).toBeVisible();
});

test("a value's menu includes, excludes and searches only it", async ({ page }) => {
  await openSearch(page, `&columns=user.name,event.action&query=${encodeURIComponent("event.code: 4624")}`);
  const value = events(page).getByRole("button", { name: /What to do with SYSTEM/ }).first();
  await value.click();
  await page.getByRole("menuitem", { name: "Filter this value out" }).click();
  await expect(queryBar(page)).toHaveText('event.code: 4624 and not user.name: "SYSTEM"');
  await expect(value).toBeHidden();
  await events(page).getByRole("button", { name: /What to do with/ }).first().click();
  await page.getByRole("menuitem", { name: "Search only this" }).click();
  await expect(queryBar(page)).toHaveText(/^user\.name: "[^"]+"$/);
});

test("stats are a table and charts", async ({ page }) => {
  await openSearch(page);
  await runQuery(page, "| stats n = count() by t = bucket(@timestamp, 10m), event.dataset");
  await expect(page.getByRole("grid", { name: "Results" })).toBeVisible();
  await screenshot(page, "search-stats", () => expect(page.getByRole("img", { name: /Chart of n/ })).toBeVisible());
  for (const kind of ["Line", "Area", "Bar", "Heat map"]) {
    await page.getByText(kind, { exact: true }).click();
    await expect(page.getByRole("img", { name: /Chart of n/ })).toBeVisible();
  }
  await expect(page).toHaveURL(/chart=heat/);
  await expectAccessible(page);
  await runQuery(page, "| top 5 event.dataset");
  await expect(page.getByRole("listitem").filter({ hasText: "web.access" })).toBeVisible();
  await page.getByRole("columnheader", { name: /event\.dataset/ }).getByRole("button").click();
  await expect(page.getByRole("columnheader", { name: /event\.dataset/ })).toHaveAttribute("aria-sort", "descending");
});

test("patterns are counted and lead to a filter", async ({ page }) => {
  await openSearch(page);
  await page.getByText("Patterns", { exact: true }).click();
  const grid = page.getByRole("grid", { name: "Patterns" });
  await expect(grid.getByText(/session closed for user/)).toBeVisible();
  await screenshot(page, "search-patterns", () => expect(grid.getByText(/session closed for user/)).toBeVisible());
  await expectAccessible(page);
  await grid.getByRole("row").filter({ hasText: "session closed for user root" }).getByRole("button", { name: "Filter" }).click();
  await expect(queryBar(page)).toHaveText(/session closed for user root/);
  await expect(status(page)).toBeVisible();
});

test("live events come in, are paused, and go on", async ({ page, request }) => {
  const send = async (text: string) => {
    const answer = await request.post(process.env.VEDETTE_E2E_NDJSON ?? "", {
      headers: { "Content-Type": "application/x-ndjson" },
      data: JSON.stringify({ "@timestamp": new Date().toISOString(), message: text, "event.dataset": "journey" }) + "\n",
    });
    expect(answer.ok()).toBe(true);
  };
  await page.goto(`/search?view=live&query=${encodeURIComponent("event.dataset: journey")}`);
  await expect(page.getByText("Live", { exact: true }).last()).toBeVisible();
  await expect(page.getByText("Waiting for events")).toBeVisible();
  await expect(async () => {
    await send("the first of all");
    await expect(events(page).getByText("the first of all").first()).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await page.getByRole("button", { name: "Pause" }).click();
  await send("while it waits");
  await expect(page.getByText("1 new event", { exact: true })).toBeVisible();
  await expect(events(page).getByText("while it waits")).toBeHidden();
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(events(page).getByText("while it waits")).toBeVisible();
  await expectAccessible(page);
});

test("searches are saved, opened, deleted and restored; history remembers", async ({ page }) => {
  await openSearch(page);
  await runQuery(page, "event.code: 4624");
  await page.getByRole("button", { name: "Saved" }).click();
  await page.getByRole("menuitem", { name: "Save this search" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Logons of the day");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved Logons of the day")).toBeVisible();

  await page.goto("/search");
  await page.getByRole("button", { name: "Saved" }).click();
  await page.getByRole("menuitem", { name: /Logons of the day/ }).click();
  await expect(queryBar(page)).toHaveText("event.code: 4624");
  await expect(page).toHaveURL(/from=2026-11-03T00/);
  await page.getByRole("button", { name: "Saved" }).click();
  await page.getByRole("button", { name: "Delete Logons of the day" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Undone")).toBeVisible();

  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Search history" }).click();
  await expect(page.getByRole("menuitem", { name: /event\.code: 4624/ })).toBeVisible();
});

test("rows are sorted and exported as CSV that no spreadsheet runs", async ({ page, request }) => {
  const hostile = { "@timestamp": new Date().toISOString(), message: "=cmd|' /C calc'!A0", "event.dataset": "hostile" };
  await request.post(process.env.VEDETTE_E2E_NDJSON ?? "", {
    headers: { "Content-Type": "application/x-ndjson" },
    data: JSON.stringify(hostile) + "\n",
  });
  await page.goto(`/search?from=now-1h&to=now&columns=message&query=${encodeURIComponent("event.dataset: hostile")}`);
  await expect(async () => {
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(events(page).getByText("=cmd|").first()).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await page.getByRole("columnheader", { name: "message" }).getByRole("button").click();
  await expect(page).toHaveURL(/sort=-message/);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "CSV" }).click();
  const file = await (await download).path();
  expect(readFileSync(file, "utf8")).toContain("'=cmd|");
});

test("a search without results says what to do", async ({ page }) => {
  await openSearch(page, `&query=${encodeURIComponent("user.name: nobody-of-that-name")}`);
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await expectAccessible(page);
});
