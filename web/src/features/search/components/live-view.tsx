import { Button } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { EmptyState, ErrorState } from "@/components";
import { useShortcuts } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useLiveTail } from "../api/use-live-tail";
import { EventsTable } from "./events-table";
import styles from "./live-view.module.css";

interface Props {
  query: string;
  columns: readonly string[];
  activeId: string | undefined;
  onOpen: (id: string) => void;
}

/** Events as they come. */
export function LiveView({ query, columns, activeId, onOpen }: Props) {
  const tail = useLiveTail(query, true);
  useShortcuts([{ keys: "p", label: t("search.live.toggle"), group: t("search.title"), run: () => tail.setPaused(!tail.paused) }]);
  if (tail.error) return <ErrorState error={tail.error} title={t("search.live.failed")} />;
  return (
    <>
      <div className={styles.bar} role="status">
        <span className={styles.state} data-state={tail.paused ? "paused" : tail.state}>
          {tail.paused ? t("search.live.paused") : t(`search.live.${tail.state}`)}
        </span>
        <span>{t("search.live.rate", { rate: tail.rate.toFixed(tail.rate < 10 ? 1 : 0) })}</span>
        {tail.dropped > 0 && <span className={styles.dropped}>{t("search.live.dropped", { count: tail.dropped })}</span>}
        {tail.waiting > 0 && <span>{t("search.live.waiting", { count: tail.waiting })}</span>}
        <span className={styles.actions}>
          <Button
            variant="default"
            size="compact-xs"
            leftSection={tail.paused ? <IconPlayerPlay size={13} /> : <IconPlayerPause size={13} />}
            onClick={() => tail.setPaused(!tail.paused)}
          >
            {tail.paused ? t("search.live.resume") : t("search.live.pause")}
          </Button>
          <Button variant="subtle" color="gray" size="compact-xs" leftSection={<IconTrash size={13} />} onClick={tail.clear}>
            {t("common.action.clear")}
          </Button>
        </span>
      </div>
      <EventsTable
        rows={tail.rows}
        columns={columns}
        activeId={activeId}
        onOpen={onOpen}
        empty={<EmptyState title={t("search.live.empty")} hint={t("search.live.empty.hint")} />}
      />
    </>
  );
}
