import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { t } from "@/lib/messages";
import { formatTime, useZone } from "@/lib/time";
import { layOutTimeline, markHeight, zoomSpan, type TimelineInput } from "@/viz/timeline";
import styles from "./timeline-chart.module.css";
import { ZoomButtons } from "./zoom-buttons";

/** The lane of what people and the node wrote. */
export const caseLane = "\u0000case";

export interface ChartItem extends TimelineInput {
  color: string;
  label: string;
}

interface Props {
  items: readonly ChartItem[];
  lanes: readonly string[];
  chosen: string | undefined;
  onChoose: (id: string) => void;
}

const axis = 22;
const labelWidth = 176;
type Span = [number, number];

/** The whole span with a margin; what was written long after the attack is not part of the first view. */
function spanOf(items: readonly ChartItem[]): Span {
  const seen = items.filter((item) => !item.lanes.includes(caseLane));
  const all = seen.length > 0 ? seen : items;
  const from = Math.min(...all.map((item) => item.start));
  const to = Math.max(...all.map((item) => item.end));
  const margin = Math.max(30_000, (to - from) * 0.04);
  return [from - margin, to + margin];
}

/** Lanes of marks over time: the wheel zooms, dragging moves, + - 0 and the arrows do so by keyboard. */
export function TimelineChart({ items, lanes, chosen, onChoose }: Props) {
  const { ref, width: whole } = useElementSize();
  const zone = useZone();
  const [view, setView] = useState<Span>();
  const [from, to] = view ?? spanOf(items);
  const width = Math.max(0, whole - labelWidth);
  const layout = useMemo(() => layOutTimeline({ items, lanes, from, to, width }), [items, lanes, from, to, width]);
  const byId = useMemo(() => new Map(items.map((item) => [item.id, item])), [items]);
  const plot = useRef<SVGSVGElement>(null);
  const drag = useRef<{ x: number; span: Span } | undefined>(undefined);

  const zoom = (factor: number, around = 0.5) => setView(zoomSpan([from, to], factor, around));
  const pan = (share: number) => setView([from + (to - from) * share, to + (to - from) * share]);
  const latestZoom = useRef(zoom);
  useEffect(() => {
    latestZoom.current = zoom;
  });
  useEffect(() => {
    const target = plot.current;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
      event.preventDefault();
      const box = target?.getBoundingClientRect();
      if (box) latestZoom.current(event.deltaY > 0 ? 1.2 : 1 / 1.2, (event.clientX - box.left) / box.width);
    };
    target?.addEventListener("wheel", onWheel, { passive: false });
    return () => target?.removeEventListener("wheel", onWheel);
  }, []);
  const onMove = (event: PointerEvent) => {
    if (!drag.current || width === 0) return;
    const [start, end] = drag.current.span;
    const by = ((drag.current.x - event.clientX) / width) * (end - start);
    setView([start + by, end + by]);
  };
  const keys: Record<string, () => void> = {
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    "0": () => setView(undefined),
    ArrowLeft: () => pan(-0.2),
    ArrowRight: () => pan(0.2),
  };
  return (
    <div className={styles.chart} ref={ref}>
      <div className={styles.bar}>
        <span>{`${formatTime(new Date(from), zone)} – ${formatTime(new Date(to), zone)}`}</span>
        <ZoomButtons onZoom={zoom} onReset={() => setView(undefined)} />
      </div>
      <div className={styles.rows}>
        <div className={styles.labels} style={{ width: labelWidth, paddingTop: axis }}>
          {layout.lanes.map(({ lane, height }) => {
            const [kind, ...value] = lane.split(":");
            return (
              <div key={lane} className={styles.label} style={{ height }} title={lane === caseLane ? undefined : lane}>
                {lane === caseLane ? (
                  t("incidents.timeline.case")
                ) : (
                  <>
                    <span className={styles.kind}>{kind}</span> {value.join(":")}
                  </>
                )}
              </div>
            );
          })}
        </div>
        <svg
          ref={plot}
          width={width}
          height={layout.height + axis}
          className={styles.plot}
          role="group"
          aria-label={t("incidents.timeline.chart", { count: items.length })}
          tabIndex={0}
          onKeyDown={(event) => {
            const action = keys[event.key];
            if (!action) return;
            event.preventDefault();
            action();
          }}
          onPointerDown={(event) => {
            drag.current = { x: event.clientX, span: [from, to] };
          }}
          onPointerMove={onMove}
          onPointerUp={() => (drag.current = undefined)}
          onPointerLeave={() => (drag.current = undefined)}
        >
          {layout.ticks.map(({ x, time }) => (
            <g key={time.getTime()} transform={`translate(${x},0)`}>
              <line y1={axis - 4} y2={layout.height + axis} className={styles.tick} />
              <text y={13} className={styles.tickText} textAnchor="middle">
                {formatTime(time, zone, to - from < 600_000 ? "second" : "minute").slice(to - from > 86_400_000 * 2 ? 5 : 11)}
              </text>
            </g>
          ))}
          {layout.lanes.map(({ lane, y }) => (
            <line key={lane} x2={width} y1={y + axis} y2={y + axis} className={styles.lane} />
          ))}
          {layout.marks.map((mark) => {
            const item = byId.get(mark.id);
            return (
              <rect
                key={`${mark.lane}/${mark.id}`}
                x={mark.x}
                y={mark.y + axis}
                width={mark.width}
                height={markHeight}
                rx={3}
                fill={item?.color}
                className={styles.mark}
                data-chosen={mark.id === chosen || undefined}
                onClick={() => onChoose(mark.id)}
              >
                <title>{item && `${formatTime(new Date(item.start), zone)}  ${item.label}`}</title>
              </rect>
            );
          })}
        </svg>
      </div>
    </div>
  );
}
