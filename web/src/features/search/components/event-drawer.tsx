import { ActionIcon, Tabs } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconCopy, IconLink } from "@tabler/icons-react";
import { useState } from "react";
import type { Row } from "@/api-client";
import { Drawer, ErrorState, LoadingState, Timestamp } from "@/components";
import { copyText } from "@/lib/clipboard";
import { t } from "@/lib/messages";
import { textOfValue } from "@/lib/values";
import { useEvent } from "../api/queries";
import styles from "./event-drawer.module.css";
import { EventFields } from "./event-fields";
import { SurroundingEvents } from "./surrounding-events";

interface Props {
  id: string | undefined;
  columns: readonly string[];
  onClose: () => void;
  onStep: ((by: 1 | -1) => void) | undefined;
  onOpen: (id: string) => void;
  onToggleColumn: (field: string) => void;
}

/** One event: its fields, its JSON, the line that it was, and what happened around it. */
export function EventDrawer({ id, columns, onClose, onStep, onOpen, onToggleColumn }: Props) {
  const event = useEvent(id);
  const row: Row | undefined = event.data;
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      width={660}
      title={
        <span className={styles.title}>
          {row ? <Timestamp time={textOfValue(row["@timestamp"])} precision="millisecond" /> : t("search.event")}
          {row?.["event.dataset"] !== undefined && <span className={styles.dataset}>{textOfValue(row["event.dataset"])}</span>}
        </span>
      }
      actions={
        <>
          {onStep && (
            <>
              <ActionIcon aria-label={t("search.event.previous")} title={t("search.event.previous")} onClick={() => onStep(-1)}>
                <IconChevronUp size={16} />
              </ActionIcon>
              <ActionIcon aria-label={t("search.event.next")} title={t("search.event.next")} onClick={() => onStep(1)}>
                <IconChevronDown size={16} />
              </ActionIcon>
            </>
          )}
          <ActionIcon aria-label={t("search.event.link")} title={t("search.event.link")} onClick={() => void copyText(location.href)}>
            <IconLink size={16} />
          </ActionIcon>
        </>
      }
    >
      {event.error ? (
        <ErrorState error={event.error} onRetry={() => void event.refetch()} />
      ) : row && id !== undefined ? (
        <EventTabs id={id} row={row} columns={columns} onOpen={onOpen} onToggleColumn={onToggleColumn} />
      ) : (
        <LoadingState />
      )}
    </Drawer>
  );
}

type TabsProps = Pick<Props, "columns" | "onOpen" | "onToggleColumn"> & { id: string; row: Row };

function EventTabs({ id, row, columns, onOpen, onToggleColumn }: TabsProps) {
  const [tab, setTab] = useState<string | null>("table");
  const json = JSON.stringify(row, undefined, 2);
  const original = textOfValue(row["event.original"]);
  return (
    <Tabs value={tab} onChange={setTab} className={styles.tabs}>
      <Tabs.List>
        <Tabs.Tab value="table">{t("search.event.table")}</Tabs.Tab>
        <Tabs.Tab value="json">{t("search.event.json")}</Tabs.Tab>
        <Tabs.Tab value="original">{t("search.event.original")}</Tabs.Tab>
        <Tabs.Tab value="surrounding">{t("search.event.surrounding")}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="table">
        <EventFields row={row} columns={columns} onToggleColumn={onToggleColumn} />
      </Tabs.Panel>
      <Tabs.Panel value="json">
        <Source text={json} />
      </Tabs.Panel>
      <Tabs.Panel value="original">
        {original === "" ? <p className={styles.note}>{t("search.event.nooriginal")}</p> : <Source text={original} />}
        {row["error.message"] !== undefined && <p className={styles.fault}>{textOfValue(row["error.message"])}</p>}
      </Tabs.Panel>
      <Tabs.Panel value="surrounding">
        <SurroundingEvents id={id} row={row} onOpen={onOpen} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Source({ text }: { text: string }) {
  return (
    <div className={styles.source}>
      <ActionIcon className={styles.copy} variant="default" aria-label={t("common.action.copy")} title={t("common.action.copy")} onClick={() => void copyText(text)}>
        <IconCopy size={14} />
      </ActionIcon>
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
