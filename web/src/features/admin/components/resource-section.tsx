import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { DataTable, EmptyState, ErrorState, LoadingState, Page, type Column } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";
import { isMissing } from "../api/resources";
import { textIn } from "../api/values";
import { DeleteButton } from "./delete-button";
import { FormDialog } from "./form-dialog";
import type { Field, Values } from "./form-field";

export interface Resource<T> {
  id: string;
  title: string;
  /** What the table is called, where that is not the title. */
  label?: string;
  newTitle: string;
  editTitle: string;
  empty: string;
  emptyHint?: string;
  columns: readonly Column<T>[];
  query: UseQueryResult<T[]>;
  rowId: (row: T) => string;
  nameOf: (row: T) => string;
  fields: (row: T | undefined) => readonly Field[];
  valuesOf: (row: T | undefined) => Values;
  reload: () => Promise<void>;
  mayWrite: boolean;
  /** Whether this row can be changed by those who may. */
  writable?: (row: T) => boolean;
  create: (values: Values) => Promise<unknown>;
  update?: (row: T, values: Values) => Promise<unknown>;
  remove?: (row: T) => Promise<unknown>;
  deleteHint?: string | ((row: T) => string);
  note?: (row: T) => ReactNode;
  actions?: ReactNode;
  toolbar?: ReactNode;
  size?: number;
}

/** A table of things that are made, changed and deleted with a form. */
export function ResourceSection<T>(resource: Resource<T>) {
  const { query, mayWrite, writable = () => true } = resource;
  const [open, setOpen] = useState<{ row: T | undefined }>();
  const keep = (change: (values: Values) => Promise<unknown>, row: T | undefined) => async (values: Values) => {
    await change(values);
    toast.success(t("admin.saved", { name: row ? resource.nameOf(row) : textIn(values.name) || resource.title }));
    await resource.reload();
  };
  return (
    <Page
      title={resource.title}
      meta={query.data?.length}
      actions={
        <>
          {resource.actions}
          {mayWrite && (
            <Button size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => setOpen({ row: undefined })}>
              {resource.newTitle}
            </Button>
          )}
        </>
      }
      toolbar={resource.toolbar}
      flush
    >
      <Rows resource={resource} onOpen={(row) => setOpen({ row })} />
      {open && open.row === undefined && (
        <FormDialog
          title={resource.newTitle}
          fields={resource.fields(undefined)}
          initial={resource.valuesOf(undefined)}
          onSubmit={keep(resource.create, undefined)}
          onClose={() => setOpen(undefined)}
          {...(resource.size ? { size: resource.size } : {})}
        />
      )}
      {open?.row !== undefined && (
        <EditDialog
          resource={resource}
          row={open.row}
          may={mayWrite && writable(open.row)}
          onSubmit={keep}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Page>
  );
}

function Rows<T>({ resource, onOpen }: { resource: Resource<T>; onOpen: (row: T) => void }) {
  const { query } = resource;
  if (isMissing(query.error)) return <EmptyState title={t("admin.unavailable")} hint={t("admin.unavailable.hint")} />;
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  return (
    <DataTable
      id={`admin.${resource.id}`}
      label={resource.label ?? resource.title}
      columns={resource.columns}
      rows={query.data}
      rowId={resource.rowId}
      onOpen={onOpen}
      empty={<EmptyState title={resource.empty} hint={resource.emptyHint} />}
    />
  );
}

interface EditProps<T> {
  resource: Resource<T>;
  row: T;
  may: boolean;
  onSubmit: (change: (values: Values) => Promise<unknown>, row: T) => (values: Values) => Promise<void>;
  onClose: () => void;
}

function EditDialog<T>({ resource, row, may, onSubmit, onClose }: EditProps<T>) {
  const { update, remove, deleteHint = "" } = resource;
  return (
    <FormDialog
      title={may ? resource.editTitle : resource.nameOf(row)}
      fields={resource.fields(row)}
      initial={resource.valuesOf(row)}
      onSubmit={may && update ? onSubmit((values) => update(row, values), row) : undefined}
      onClose={onClose}
      {...(resource.size ? { size: resource.size } : {})}
      aside={
        may &&
        remove && (
          <DeleteButton
            name={resource.nameOf(row)}
            hint={typeof deleteHint === "function" ? deleteHint(row) : deleteHint}
            onDelete={async () => {
              await remove(row);
              await resource.reload();
            }}
            onDone={onClose}
          />
        )
      }
    >
      {resource.note?.(row)}
    </FormDialog>
  );
}
