import { api, apiBase, unwrap } from "@/api-client";
import { readProblem } from "@/api-client/problem";
import { send } from "@/api-client/send";
import { saveFile } from "@/lib/csv";

async function fetched(path: string): Promise<Response> {
  const response = await send(new Request(`${location.origin}${apiBase}${path}`));
  if (!response.ok) throw await readProblem(response);
  return response;
}

export type ReportFormat = "html" | "markdown" | "stix";

const suffix: Record<ReportFormat, string> = { html: "html", markdown: "md", stix: "json" };

/** Fetches the report of an incident, and has the browser save it. */
export async function saveReport(id: string, format: ReportFormat): Promise<void> {
  const base = `/incidents/${encodeURIComponent(id)}`;
  const response = await fetched(format === "stix" ? `${base}/stix` : `${base}/report?format=${format}`);
  saveFile(`${id}.${suffix[format]}`, response.headers.get("Content-Type") ?? "application/octet-stream", await response.blob());
}

/** Evidence never opens in the browser: it is saved. */
export async function saveEvidence(id: string, entry: string, name: string): Promise<void> {
  const response = await fetched(`/incidents/${encodeURIComponent(id)}/entries/${encodeURIComponent(entry)}/file`);
  saveFile(name, "application/octet-stream", await response.blob());
}

export const uploadEvidence = (id: string, file: File, text: string): Promise<unknown> =>
  unwrap(
    api.POST("/incidents/{id}/evidence/file", {
      params: { path: { id }, query: { name: file.name, ...(text ? { text } : {}) } },
      body: file as unknown as string,
      bodySerializer: () => file,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );
