import { ActionIcon, Button, Popover } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconClock, IconZoomOut } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/lib/messages";
import { describeRange, shiftRange, useTimeRange, useZone, widenRange, type TimeRange } from "@/lib/time";
import { RangeForm } from "./range-form";
import styles from "./range-picker.module.css";
import { ZonePicker } from "./zone-picker";

const lasts = ["5m", "15m", "1h", "4h", "24h", "2d", "7d", "30d", "90d"] as const;

/** The global time range: quick, absolute, relative; earlier, later, wider. */
export function RangePicker() {
  const { range, setRange } = useTimeRange();
  const zone = useZone();
  const [opened, setOpened] = useState(false);
  const choose = (next: TimeRange) => {
    setRange(next);
    setOpened(false);
  };
  const bounded = range.from !== "";
  return (
    <div className={styles.group} role="group" aria-label={t("shell.range.label")}>
      <ActionIcon className={styles.step} disabled={!bounded} aria-label={t("shell.range.earlier")} title={t("shell.range.earlier")} onClick={() => setRange(shiftRange(range, -1))}>
        <IconChevronLeft size={15} />
      </ActionIcon>
      <Popover opened={opened} onChange={setOpened} position="bottom-end" width={430} trapFocus>
        <Popover.Target>
          <Button
            variant="default"
            className={styles.button}
            leftSection={<IconClock size={14} stroke={1.7} aria-hidden />}
            onClick={() => setOpened((open) => !open)}
          >
            {describeRange(range, zone)}
          </Button>
        </Popover.Target>
        <Popover.Dropdown p={0}>
          <div className={styles.panel}>
            <ul className={styles.quick} aria-label={t("shell.range.quick")}>
              {lasts.map((last) => (
                <QuickRange key={last} range={{ from: `now-${last}`, to: "now" }} current={range} onChoose={choose} />
              ))}
              <QuickRange range={{ from: "", to: "now" }} current={range} onChoose={choose} />
            </ul>
            <div className={styles.custom}>
              <RangeForm range={range} onChoose={choose} />
              <ZonePicker />
            </div>
          </div>
        </Popover.Dropdown>
      </Popover>
      <ActionIcon className={styles.step} disabled={!bounded} aria-label={t("shell.range.later")} title={t("shell.range.later")} onClick={() => setRange(shiftRange(range, 1))}>
        <IconChevronRight size={15} />
      </ActionIcon>
      <ActionIcon className={styles.step} disabled={!bounded} aria-label={t("shell.range.wider")} title={t("shell.range.wider")} onClick={() => setRange(widenRange(range))}>
        <IconZoomOut size={15} stroke={1.7} />
      </ActionIcon>
    </div>
  );
}

function QuickRange({ range, current, onChoose }: { range: TimeRange; current: TimeRange; onChoose: (range: TimeRange) => void }) {
  const chosen = range.from === current.from && range.to === current.to;
  return (
    <li>
      <button type="button" className={styles.quickItem} aria-current={chosen} onClick={() => onChoose(range)}>
        {describeRange(range, "UTC")}
      </button>
    </li>
  );
}
