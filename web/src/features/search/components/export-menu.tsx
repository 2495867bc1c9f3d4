import { ActionIcon, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { exportFile } from "@/api-client";
import { explain } from "@/components";
import { saveFile } from "@/lib/csv";
import { t } from "@/lib/messages";
import { useCan } from "@/lib/session";
import { toast } from "@/lib/toast";
import type { Question } from "../api/use-rows";

const most = 100_000;
const types = { csv: "text/csv", ndjson: "application/x-ndjson" } as const;

/** The rows of the search as a file that the node writes. */
export function ExportMenu({ question }: { question: Question }) {
  const mayExport = useCan("events.export");
  const running = useRef<AbortController>(undefined);
  const [busy, setBusy] = useState(false);
  if (!mayExport) return null;
  const save = async (format: keyof typeof types) => {
    const controller = new AbortController();
    running.current = controller;
    setBusy(true);
    const { query, from, to, columns, sort } = question;
    const asked = columns?.filter((name) => name !== "_id");
    try {
      const file = await exportFile(
        { query, to, sort, format, limit: most, ...(from === "" ? {} : { from }), ...(asked && format === "csv" ? { columns: asked } : {}) },
        controller.signal,
      );
      saveFile(`vedette-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.${format}`, types[format], file);
    } catch (error) {
      if (!controller.signal.aborted) toast.error(t("search.export.failed"), explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={30} loading={busy} aria-label={t("search.export")} title={t("search.export")}>
          <IconDownload size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("search.export.limit", { count: most })}</Menu.Label>
        <Menu.Item onClick={() => void save("csv")}>CSV</Menu.Item>
        <Menu.Item onClick={() => void save("ndjson")}>NDJSON</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
