import { mkdirSync, rmSync } from "node:fs";
import { Node } from "./node";
import { runFolder } from "./run";

/** One node for all journeys; what this returns stops it. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  mkdirSync(runFolder, { recursive: true });
  const node = await new Node(runFolder).start();
  process.env.VEDETTE_E2E_URL = node.url;
  process.env.VEDETTE_E2E_NDJSON = node.ndjsonUrl;
  process.env.VEDETTE_E2E_TOKEN = node.setUpToken;
  node.replayAttack();
  return async () => {
    await node.stop();
    rmSync(runFolder, { recursive: true, force: true });
  };
}
