import { ActionIcon, Menu } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useState } from "react";
import { TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { clearHistory, readHistory, type PastSearch } from "../model/history";
import styles from "./toolbar.module.css";

/** The searches that were run in this browser. */
export function HistoryMenu({ onOpen }: { onOpen: (past: PastSearch) => void }) {
  const [list, setList] = useState<PastSearch[]>([]);
  return (
    <Menu position="bottom-end" width={420} onOpen={() => setList(readHistory())}>
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label={t("search.history")} title={t("search.history")}>
          <IconHistory size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown className={styles.menu}>
        <Menu.Label>{t("search.history")}</Menu.Label>
        {list.length === 0 && <Menu.Label>{t("search.history.none")}</Menu.Label>}
        {list.map((past) => (
          <Menu.Item key={past.at + past.query} onClick={() => onOpen(past)} rightSection={<span className={styles.owner}><TimeAgo time={past.at} /></span>}>
            <span className={styles.entryCode}>{past.query}</span>
          </Menu.Item>
        ))}
        {list.length > 0 && (
          <>
            <Menu.Divider />
            <Menu.Item
              onClick={() => {
                clearHistory();
                setList([]);
              }}
            >
              {t("search.history.clear")}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
