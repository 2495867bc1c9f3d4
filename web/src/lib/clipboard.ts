import { t } from "./messages";
import { toast } from "./toast";

/** Copies a text and says so. */
export async function copyText(text: string, what?: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast.info(what === undefined ? t("common.copied") : t("common.copied.what", { what }));
  } catch {
    toast.error(t("common.copy.failed"));
  }
}
