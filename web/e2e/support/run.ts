import { tmpdir } from "node:os";
import { join } from "node:path";

/** The folder of this run; the first process names it, its workers find it in the environment. */
const folder = (process.env.VEDETTE_E2E_FOLDER ??= join(tmpdir(), `vedette-console-${process.pid}`));

export const runFolder = folder;
/** Cookies of the administrator, after the set-up. */
export const stateFile = join(folder, "administrator.json");

export const administrator = { name: "ada", password: "correct horse battery 7" };

/** The node of this run, as globalSetup started it. */
export function nodeUrl(): string {
  const url = process.env.VEDETTE_E2E_URL;
  if (!url) throw new Error("the node of this run has not started");
  return url;
}
