/** A cell of CSV that no spreadsheet takes for a formula. */
export function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const tame = /^[=+\-@\t\r]/.test(text) && typeof value !== "number" ? `'${text}` : text;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}

export const csvOf = (columns: readonly string[], rows: readonly Record<string, unknown>[]): string =>
  [columns.map(csvCell), ...rows.map((row) => columns.map((column) => csvCell(row[column])))]
    .map((cells) => cells.join(","))
    .join("\r\n") + "\r\n";

/** Hands the browser a file to save. */
export function saveFile(name: string, type: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}
