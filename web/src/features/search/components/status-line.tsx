import { Button, Menu } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { SearchOutcome } from "@/api-client";
import { t } from "@/lib/messages";
import { formatCount } from "@/lib/numbers";
import type { RowsState } from "../api/use-rows";
import { limits } from "../model/search-params";
import styles from "./status-line.module.css";

interface Props {
  answer: RowsState;
  limit: number;
  onLimit: (limit: number) => void;
  onCancel: () => void;
  mayExport: boolean;
}

/** What the search has found, how long it took, why it may not be whole. */
export function StatusLine({ answer, limit, onLimit, onCancel, mayExport }: Props) {
  const { status, rows, outcome, visited, milliseconds } = answer;
  return (
    <div className={styles.line} role="status">
      {status === "running" ? (
        <>
          <span className={styles.busy} aria-hidden />
          <span>{visited > 0 ? t("search.running.visited", { rows: visited }) : t("search.running")}</span>
          <Button variant="subtle" size="compact-xs" onClick={onCancel}>
            {t("common.action.cancel")}
          </Button>
        </>
      ) : status === "failed" ? null : (
        <span>
          {status === "cancelled" && `${t("search.cancelled")} · `}
          {outcome && !outcome.total_exact ? "≥ " : ""}
          {outcome ? t("search.shown", { rows: rows.length, total: outcome.total }) : t("common.table.rows", { count: rows.length })}
          {milliseconds !== undefined && ` · ${t("search.took", { time: formatCount(Math.round(milliseconds)) })}`}
        </span>
      )}
      <Caveats outcome={outcome} />
      {status === "done" && rows.length >= limit && (
        <Menu position="bottom-start">
          <Menu.Target>
            <Button variant="subtle" size="compact-xs">
              {t("search.more")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {limits.map((value) => (
              <Menu.Item key={value} disabled={value === limit || (value > 10_000 && !mayExport)} onClick={() => onLimit(value)}>
                {t("search.more.limit", { count: value })}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}

function Caveats({ outcome }: { outcome: SearchOutcome | undefined }) {
  const texts = [
    ...(outcome?.cut ? [outcome.cut.reason] : []),
    ...(outcome?.approximate ? [t("search.approximate")] : []),
    ...(outcome?.warnings ?? []),
  ];
  if (texts.length === 0) return null;
  return (
    <span className={styles.caveat} title={texts.join("\n")}>
      <IconAlertTriangle size={13} aria-hidden /> {texts[0]}
    </span>
  );
}
