import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Message {
  body: unknown;
  signature: string | undefined;
}

/** A receiver of web hooks on this machine, which answers as it is told. */
export class Receiver {
  readonly messages: Message[] = [];
  /** The part of the address that nobody may see again. */
  readonly secretPart = "token=very-secret";
  private status = 200;
  private readonly server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const signature = request.headers["x-vedette-signature"];
      this.messages.push({ body: JSON.parse(Buffer.concat(parts).toString()), signature: typeof signature === "string" ? signature : undefined });
      response.writeHead(this.status).end();
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/soc?${this.secretPart}`;
  }

  answers(status: number): void {
    this.status = status;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
