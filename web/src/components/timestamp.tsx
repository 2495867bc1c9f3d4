import { Tooltip } from "@mantine/core";
import { t } from "@/lib/messages";
import { formatAgo, formatTime, offsetName, useNow, useZone, type Precision } from "@/lib/time";

interface Props {
  /** RFC 3339; null where something never happened. */
  time: string | null | undefined;
}

/** A time in the zone of the person. */
export function Timestamp({ time, precision = "second" }: Props & { precision?: Precision }) {
  const zone = useZone();
  if (!time) return <span>{t("common.time.never")}</span>;
  return (
    <time dateTime={time} title={`${formatTime(time, zone, "millisecond")} ${offsetName(new Date(time), zone)}`}>
      {formatTime(time, zone, precision)}
    </time>
  );
}

/** How long ago, with the time itself as tooltip. */
export function TimeAgo({ time }: Props) {
  const zone = useZone();
  const now = useNow();
  if (!time) return <span>{t("common.time.never")}</span>;
  return (
    <Tooltip label={`${formatTime(time, zone)} ${offsetName(new Date(time), zone)}`}>
      <time dateTime={time} style={{ whiteSpace: "nowrap" }}>
        {formatAgo(time, now)}
      </time>
    </Tooltip>
  );
}
