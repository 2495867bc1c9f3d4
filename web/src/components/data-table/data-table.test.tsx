import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { DataTable } from "./data-table";
import { nextSort, sortRows } from "./sort";
import type { Column } from "./types";

interface Row {
  id: string;
  count: number | null;
}
const columns: Column<Row>[] = [
  { id: "id", header: "Id", cell: (row) => row.id, value: (row) => row.id },
  { id: "count", header: "Count", cell: (row) => row.count, value: (row) => row.count },
];
const rows: Row[] = [
  { id: "a2", count: 5 },
  { id: "a10", count: null },
  { id: "a1", count: 40 },
];
const ids = (list: readonly Row[]) => list.map((row) => row.id);

describe("sorting", () => {
  it("puts what is absent last, and counts as people do", () => {
    expect(ids(sortRows(rows, columns, { column: "count", descending: true }))).toEqual(["a1", "a2", "a10"]);
    expect(ids(sortRows(rows, columns, { column: "count", descending: false }))).toEqual(["a2", "a1", "a10"]);
    expect(ids(sortRows(rows, columns, { column: "id", descending: false }))).toEqual(["a1", "a2", "a10"]);
  });

  it("goes from descending to ascending to none", () => {
    const first = nextSort(undefined, "id");
    expect(first).toEqual({ column: "id", descending: true });
    expect(nextSort(nextSort(first, "id"), "id")).toBeUndefined();
  });
});

describe("keys", () => {
  it("moves, opens and selects", () => {
    const onActive = vi.fn();
    const onOpen = vi.fn();
    const onChange = vi.fn();
    render(
      <MantineProvider>
        <DataTable
          id="test"
          label="Things"
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          onActive={onActive}
          onOpen={onOpen}
          selection={{ ids: new Set(), onChange }}
        />
      </MantineProvider>,
    );
    const grid = screen.getByRole("grid", { name: "Things" });
    for (const key of ["j", "j", "k", "Enter", "x"]) fireEvent.keyDown(grid, { key });
    expect(onActive.mock.calls.flat()).toEqual(["a2", "a10", "a2"]);
    expect(onOpen).toHaveBeenCalledWith(rows[0]);
    expect(onChange).toHaveBeenCalledWith(new Set(["a2"]));
  });
});
