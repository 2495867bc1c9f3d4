import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { administrator, nodeUrl } from "./run";

/** The hours of the shipped attack, as parameters of an address. */
export const attackRange = "from=2026-11-03T00%3A00%3A00Z&to=2026-11-04T00%3A00%3A00Z";

const pictures = resolve(import.meta.dirname, "../../../docs/console");
export const themes = ["dark", "light"] as const;

interface Fixtures {
  /** Faults of scripts and refusals of the content policy; a journey ends with none. */
  faults: string[];
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern
  baseURL: async ({}, use) => {
    await use(nodeUrl());
  },
  faults: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" && /Content Security Policy|Uncaught|React/.test(message.text())) faults.push(message.text());
      });
      await use(faults);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Fails on what axe calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze();
  const bad = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  expect(bad).toEqual([]);
}

export async function showTheme(page: Page, theme: string): Promise<void> {
  await page.evaluate((name) => {
    const kept = JSON.parse(localStorage.getItem("vedette.preferences") ?? "{}") as object;
    localStorage.setItem("vedette.preferences", JSON.stringify({ ...kept, theme: name }));
  }, theme);
  await page.reload();
}

/** Pictures for docs/console, in both themes; only with UPDATE_SCREENSHOTS=1. `ready` waits for what must be seen. */
export async function screenshot(page: Page, name: string, ready: () => Promise<void>): Promise<void> {
  if (!process.env.UPDATE_SCREENSHOTS) return;
  mkdirSync(pictures, { recursive: true });
  for (const theme of themes) {
    await showTheme(page, theme);
    await ready();
    await page.screenshot({ path: join(pictures, `${name}-${theme}.png`), animations: "disabled" });
  }
  await showTheme(page, "dark");
  await ready();
}

/** Signs in through the page, with a session of its own. */
export async function signIn(page: Page, who = administrator): Promise<void> {
  await page.getByLabel("User name").fill(who.name);
  await page.locator("input[autocomplete=current-password]").fill(who.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("navigation", { name: "Main navigation" }).waitFor();
}
