import type { Page } from "@playwright/test";
import { expect, expectAccessible, screenshot, test } from "./support/test";

test.describe.configure({ mode: "serial" });

const list = (page: Page) => page.getByRole("grid", { name: "Incidents" });

async function openIncident(page: Page): Promise<void> {
  await expect(async () => {
    await page.goto("/incidents");
    await expect(list(page).getByText(/on wks07/)).toBeVisible({ timeout: 5_000 });
  }).toPass();
  await list(page).getByText(/on wks07/).click();
  await expect(page.getByRole("heading", { level: 1, name: /on wks07/ })).toBeVisible();
}

test("an incident is worked from its first sight to its report", async ({ page, request }) => {
  test.slow();
  await openIncident(page);
  await page.getByRole("button", { name: "Take", exact: true }).click();
  await expect(page.getByRole("combobox", { name: "Owner" })).toHaveValue("ada");
  await page.getByRole("button", { name: "Status: New" }).click();
  await page.getByRole("menuitem", { name: "In progress" }).click();
  await expect(page.getByRole("button", { name: "Status: In progress" })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("tab", { name: "Timeline" }).click();
  await expect(page.getByRole("group", { name: /^Timeline of/ })).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "Office Application Starts An Interpreter Or Loader" })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("tab", { name: "Graph" }).click();
  const node = page.getByRole("button", { name: "host wks07.corp.example.com" });
  await expect(node).toBeVisible();
  await node.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("complementary", { name: "Why they are linked" }).getByText(/named by the alerts/).first()).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("tab", { name: "ATT&CK" }).click();
  await expect(page.getByRole("list", { name: "ATT&CK of the incident" }).getByText("T1204.002").first()).toBeVisible();

  await page.getByRole("tab", { name: /^Alerts/ }).click();
  await expect(page.getByText(/^Evidence \d/).first()).toBeVisible();

  await page.getByRole("tab", { name: "Tasks" }).click();
  await page.getByLabel("New task").fill("Isolate wks07");
  await page.keyboard.press("Enter");
  await page.getByRole("checkbox", { name: "Done: Isolate wks07" }).click();
  await expect(page.getByRole("checkbox", { name: "Done: Isolate wks07" })).toBeChecked();
  await expectAccessible(page);

  await page.getByRole("tab", { name: "Comments" }).click();
  await page.getByLabel("Write", { exact: true }).pressSequentially("The macro came by mail, @ad");
  await expect(page.getByRole("option", { name: "@ada" })).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.type("<img src=x onerror=alert(1)>");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("<img src=x onerror=alert(1)>")).toBeVisible();

  await page.getByRole("tab", { name: "Evidence" }).click();
  await page.locator("input[type=file]").setInputFiles({ name: "memory.txt", mimeType: "text/plain", buffer: Buffer.from("seen in memory") });
  await expect(page.getByText("memory.txt").first()).toBeVisible();
  await expect(page.getByText(/^SHA-256 [0-9a-f]{64}$/)).toBeVisible();
  await expectAccessible(page);

  const contract = await (await request.get("/api/v1/openapi.yaml")).text();
  if (contract.includes("/incidents/{id}/report:")) {
    await page.getByRole("button", { name: "Report" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: "As text (Markdown)" }).click();
    expect((await download).suggestedFilename()).toMatch(/\.md$/);
  }

  await page.getByRole("main").getByRole("button", { name: "Close", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Close 1 incident" });
  await dialog.getByLabel("True positive").check();
  await dialog.getByLabel("Closing note").fill("Machine rebuilt, password changed.");
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(page.getByRole("button", { name: "Status: Closed" })).toBeVisible();
  await page.getByRole("button", { name: "Status: Closed" }).click();
  await page.getByRole("menuitem", { name: "In progress" }).click();
  await expect(page.getByRole("button", { name: "Status: In progress" })).toBeVisible();
});

test("some alerts are split off, and put back", async ({ page }) => {
  await openIncident(page);
  await page.getByRole("tab", { name: /^Alerts/ }).click();
  await page.getByRole("checkbox", { name: /^Choose Burst Of Reconnaissance/ }).check();
  await page.getByRole("button", { name: "Split off 1" }).click();
  await page.getByRole("tab", { name: "Merges" }).click();
  await expect(page.getByText("Split", { exact: true }).first()).toBeVisible();
  await page.getByRole("tabpanel").getByRole("button", { name: "Undo" }).first().click();
  await expect(page.getByText("undone", { exact: true }).first()).toBeVisible();
});

test("the list and the page in both themes", async ({ page }) => {
  await openIncident(page);
  for (const tab of ["Overview", "Timeline", "Graph", "ATT&CK"]) {
    await page.getByRole("tab", { name: tab }).click();
    const name = tab.replace("&", "").toLowerCase();
    await screenshot(page, `incident-${name}`, () => expect(page.getByRole("tab", { name: tab, selected: true })).toBeVisible());
  }
  await page.goto("/incidents");
  await expect(list(page).getByText(/on wks07/)).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "incidents", () => expect(list(page).getByText(/on wks07/)).toBeVisible());
});
