import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { t } from "@/lib/messages";
import { useForceGraph } from "@/viz/use-force-graph";
import type { GraphModel } from "../lib/graph-model";
import { GraphCanvas } from "./graph-canvas";
import { GraphMarks } from "./graph-marks";
import styles from "./graph.module.css";
import { ZoomButtons } from "./zoom-buttons";

interface Props {
  model: GraphModel;
  chosen: string | undefined;
  onChoose: (id: string) => void;
  onExpand: (id: string) => void;
}

/** Beyond so many marks they are drawn on a canvas. */
const mostMarks = 2_000;

export interface View {
  x: number;
  y: number;
  scale: number;
}

/** The view that has all nodes in it. */
export function fitView(positions: Float32Array, width: number, height: number): View {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 2) {
    const [x, y] = [positions[i] ?? 0, positions[i + 1] ?? 0];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  const scale = Math.min(1.4, (width - 120) / Math.max(1, right - left), (height - 90) / Math.max(1, bottom - top));
  return { scale, x: width / 2 - ((left + right) / 2) * scale, y: height / 2 - ((top + bottom) / 2) * scale };
}

/** A graph to look around in: drag nodes to pin them, double-click to let them go, the wheel zooms. */
export function GraphView({ model, chosen, onChoose, onExpand }: Props) {
  const { ref, width, height } = useElementSize();
  const input = useMemo(() => ({ radii: model.radii, links: model.edges.map(({ from, to, weight }) => ({ from, to, weight })) }), [model]);
  const { positions, pin } = useForceGraph(input);
  const [own, setOwn] = useState<View>();
  const [pinned, setPinned] = useState<ReadonlySet<string>>(new Set());
  const drag = useRef<{ node: number | undefined; x: number; y: number; view: View; moved: boolean } | undefined>(undefined);
  const box = useRef<HTMLDivElement>(null);

  const view = own ?? (positions && width > 0 ? fitView(positions, width, height) : { x: width / 2, y: height / 2, scale: 1 });
  const zoom = (factor: number, x = width / 2, y = height / 2) =>
    setOwn({ scale: view.scale * factor, x: x - (x - view.x) * factor, y: y - (y - view.y) * factor });
  const latestZoom = useRef(zoom);
  useEffect(() => {
    latestZoom.current = zoom;
  });
  useEffect(() => {
    const target = box.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const area = target?.getBoundingClientRect();
      if (area) latestZoom.current(event.deltaY > 0 ? 1 / 1.15 : 1.15, event.clientX - area.left, event.clientY - area.top);
    };
    target?.addEventListener("wheel", onWheel, { passive: false });
    return () => target?.removeEventListener("wheel", onWheel);
  }, []);

  const place = (event: PointerEvent): { x: number; y: number } => {
    const area = box.current?.getBoundingClientRect();
    return { x: event.clientX - (area?.left ?? 0), y: event.clientY - (area?.top ?? 0) };
  };
  const nodeAt = (at: { x: number; y: number }): number | undefined => {
    if (!positions) return undefined;
    for (let i = model.nodes.length - 1; i >= 0; i -= 1) {
      const dx = (positions[i * 2] ?? 0) * view.scale + view.x - at.x;
      const dy = (positions[i * 2 + 1] ?? 0) * view.scale + view.y - at.y;
      if (Math.hypot(dx, dy) <= (model.radii[i] ?? 8) * view.scale + 3) return i;
    }
    return undefined;
  };
  const onDown = (event: PointerEvent) => {
    const at = place(event);
    drag.current = { node: nodeAt(at), ...at, view, moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    const start = drag.current;
    if (!start) return;
    const at = place(event);
    if (Math.hypot(at.x - start.x, at.y - start.y) > 3) start.moved = true;
    if (!start.moved) return;
    if (start.node === undefined) setOwn({ ...start.view, x: start.view.x + at.x - start.x, y: start.view.y + at.y - start.y });
    else {
      setOwn(view);
      pin(start.node, { x: (at.x - view.x) / view.scale, y: (at.y - view.y) / view.scale });
    }
  };
  const onUp = () => {
    const start = drag.current;
    drag.current = undefined;
    const node = start?.node === undefined ? undefined : model.nodes[start.node];
    if (!start || !node) return;
    if (start.moved) setPinned((old) => new Set(old).add(node.id));
    else onChoose(node.id);
  };
  const onDouble = (event: React.MouseEvent) => {
    const area = box.current?.getBoundingClientRect();
    const index = nodeAt({ x: event.clientX - (area?.left ?? 0), y: event.clientY - (area?.top ?? 0) });
    const node = index === undefined ? undefined : model.nodes[index];
    if (index === undefined || !node) return;
    if (pinned.has(node.id)) {
      pin(index, null);
      setPinned((old) => new Set([...old].filter((id) => id !== node.id)));
    } else onExpand(node.id);
  };
  const shared = { model, positions, view, chosen, pinned, width, height };
  return (
    <div ref={ref} className={styles.area}>
      <div
        ref={box}
        className={styles.stage}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onDoubleClick={onDouble}
      >
        {!positions ? (
          <div className={styles.waiting}>{t("incidents.graph.laying")}</div>
        ) : model.nodes.length + model.edges.length > mostMarks ? (
          <GraphCanvas {...shared} positions={positions} />
        ) : (
          <GraphMarks {...shared} positions={positions} onChoose={onChoose} onExpand={onExpand} />
        )}
      </div>
      <div className={styles.zoom}>
        <ZoomButtons onZoom={(factor) => zoom(1 / factor)} onReset={() => setOwn(undefined)} />
      </div>
      <div className={styles.help}>{t("incidents.graph.help")}</div>
    </div>
  );
}
