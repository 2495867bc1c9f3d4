import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../../..");
const listeners = [
  "elasticsearch", "splunk_hec", "otlp_http", "otlp_grpc", "ndjson", "syslog", "relp", "gelf", "fluent_forward", "ndjson_tcp",
];
const startWithin = 60_000;

const configuration = (folder: string): string => `data: {folder: ${folder}/data, reserve_bytes: 64MiB}
log: {file: ${folder}/vedette.log}
api:
  listen: 127.0.0.1:0
  limits: {requests_per_second: 100000, burst: 1000000}
listeners:
${listeners.map((name) => `  ${name}: {enabled: ${name === "ndjson"}${name === "ndjson" ? ", listen: 127.0.0.1:0" : ""}}`).join("\n")}
  files:
    enabled: true
    inputs:
      - paths: ['${folder}/incoming/**']
`;

/** A real node with a data folder of its own, on ports that the system chose. */
export class Node {
  readonly folder: string;
  url = "";
  /** Where lines of JSON are posted to. */
  ndjsonUrl = "";
  private process: ChildProcess | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  async start(): Promise<this> {
    mkdirSync(join(this.folder, "incoming"), { recursive: true });
    const file = join(this.folder, "vedette.yaml");
    writeFileSync(file, configuration(this.folder));
    const binary = process.env.VEDETTE ?? join(repository, "build/release/vedette");
    const child = spawn(binary, ["serve", "--config", file], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TZ: "UTC" },
    });
    this.process = child;
    let said = "";
    await new Promise<void>((done, fail) => {
      const late = setTimeout(() => fail(new Error(`the node does not start:\n${said}`)), startWithin);
      const listen = (bytes: Buffer) => {
        said += bytes.toString();
        if (!/^ {2}data /m.test(said)) return;
        clearTimeout(late);
        done();
      };
      child.stdout.on("data", listen);
      child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
      child.on("error", fail);
      child.on("exit", () => fail(new Error(`the node has ended:\n${said}`)));
    });
    this.url = /^ {2}operations +(\S+)/m.exec(said)?.[1] ?? "";
    const port = /^ {2}Lines over HTTP +\S+:(\d+)/m.exec(said)?.[1];
    this.ndjsonUrl = port ? `http://127.0.0.1:${port}/ingest` : "";
    return this;
  }

  get setUpToken(): string {
    const file = join(this.folder, "data/set_up_token");
    return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  }

  /** Lets the shipped attack arrive; its events are in November 2026. */
  replayAttack(): void {
    const copy = join(this.folder, "sample");
    cpSync(join(repository, "content/samples/attack"), copy, { recursive: true });
    // Whole at once: a file that is read while it grows has broken lines.
    for (const name of readdirSync(copy)) renameSync(join(copy, name), join(this.folder, "incoming", name));
  }

  async stop(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await ended;
  }
}
