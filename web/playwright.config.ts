import { defineConfig } from "@playwright/test";
import { stateFile } from "./e2e/support/run";

const chromium = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  globalSetup: "./e2e/support/global-setup.ts",
  workers: 2,
  fullyParallel: false,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: chromium,
    viewport: { width: 1440, height: 860 },
    timezoneId: "UTC",
    locale: "en-GB",
    trace: "retain-on-failure",
  },
  projects: [
    { name: "set-up", testMatch: /set-up\.setup\.ts/ },
    { name: "journeys", testMatch: /\.spec\.ts/, dependencies: ["set-up"], use: { storageState: stateFile } },
  ],
});
