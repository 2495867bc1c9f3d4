import { useEffect, useRef } from "react";
import { t } from "@/lib/messages";
import { tokenOf, type MarksProps } from "./graph-marks";

/** The graph on a canvas, for more marks than a document should have. */
export function GraphCanvas({ model, positions, view, chosen, pinned, width, height }: MarksProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const target = canvas.current;
    const pen = target?.getContext("2d");
    if (!target || !pen) return;
    const style = getComputedStyle(target);
    const token = (name: string) => style.getPropertyValue(name);
    const density = window.devicePixelRatio || 1;
    target.width = width * density;
    target.height = height * density;
    pen.setTransform(density * view.scale, 0, 0, density * view.scale, density * view.x, density * view.y);
    const x = (index: number) => positions[index * 2] ?? 0;
    const y = (index: number) => positions[index * 2 + 1] ?? 0;
    pen.strokeStyle = token("--v-border-strong");
    pen.lineWidth = 0.7;
    pen.beginPath();
    for (const { from, to } of model.edges) {
      pen.moveTo(x(from), y(from));
      pen.lineTo(x(to), y(to));
    }
    pen.stroke();
    model.nodes.forEach((node, index) => {
      const radius = model.radii[index] ?? 8;
      pen.fillStyle = token(tokenOf(node));
      pen.beginPath();
      if (node.kind === "entity") pen.arc(x(index), y(index), radius, 0, 2 * Math.PI);
      else pen.rect(x(index) - radius, y(index) - radius, 2 * radius, 2 * radius);
      pen.fill();
      if (node.id === chosen || pinned.has(node.id)) {
        pen.strokeStyle = token("--v-text");
        pen.lineWidth = 2;
        pen.stroke();
      }
    });
  }, [model, positions, view, chosen, pinned, width, height]);
  return (
    <canvas
      ref={canvas}
      style={{ width, height, display: "block" }}
      role="img"
      aria-label={t("incidents.graph.title", { nodes: model.nodes.length, edges: model.edges.length })}
    />
  );
}
