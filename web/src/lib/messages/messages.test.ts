import { describe, expect, it } from "vitest";
import { t } from ".";

describe("the catalogue", () => {
  it("fills in and counts", () => {
    expect(t("common.copied.what", { what: "it" })).toBe("Copied it");
    expect(t("common.table.rows", { count: 1 })).toBe("1 row");
    expect(t("common.table.rows", { count: 12345 })).toBe("12,345 rows");
  });
});
