import { Button, Group, Select } from "@mantine/core";
import { useState } from "react";
import type { Row } from "@/api-client";
import { ErrorState, LoadingState } from "@/components";
import { t } from "@/lib/messages";
import { formatTime, useZone } from "@/lib/time";
import { textOfValue } from "@/lib/values";
import { useSurrounding } from "../api/queries";
import { idOf, summaryOf } from "../model/summary";
import styles from "./event-drawer.module.css";

const candidates = ["host.name", "user.name", "source.ip", "destination.ip", "process.entity_id", "process.name", "event.dataset"];
const step = 10;
const most = 500;

/** What happened before and after, of the same host, user or address. */
export function SurroundingEvents({ id, row, onOpen }: { id: string; row: Row; onOpen: (id: string) => void }) {
  const fields = candidates.filter((field) => row[field] !== undefined);
  const [by, setBy] = useState(fields[0] ?? "");
  const [each, setEach] = useState(step);
  const zone = useZone();
  const answer = useSurrounding(id, by, each);
  if (answer.error) return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <LoadingState />;
  const { before, after } = answer.data;
  const listed = [...before, row, ...after].sort((a, b) => textOfValue(b["@timestamp"]).localeCompare(textOfValue(a["@timestamp"])));
  return (
    <>
      <Group gap="xs" mb={6}>
        <Select
          aria-label={t("search.surrounding.by")}
          data={[{ value: "", label: t("search.surrounding.all") }, ...fields.map((field) => ({ value: field, label: `${field}: ${textOfValue(row[field]).slice(0, 40)}` }))]}
          value={by}
          allowDeselect={false}
          w={300}
          onChange={(field) => setBy(field ?? "")}
        />
        <Button variant="default" disabled={each >= most} loading={answer.isFetching} onClick={() => setEach(Math.min(most, each + 4 * step))}>
          {t("search.surrounding.more")}
        </Button>
      </Group>
      <ol className={styles.around}>
        {listed.map((one) => {
          const own = idOf(one) === id;
          return (
            <li key={idOf(one)}>
              <button type="button" className={styles.neighbour} aria-current={own} onClick={() => onOpen(idOf(one))}>
                <span className={styles.when}>{formatTime(textOfValue(one["@timestamp"]), zone, "millisecond").slice(11)}</span>
                <span className={styles.what}>
                  {summaryOf(one)
                    .filter(([field]) => field !== by)
                    .map(([, text]) => text)
                    .join(" · ")}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </>
  );
}
