import { max } from "d3-array";
import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";

interface Props {
  values: readonly number[];
  width?: number;
  height?: number;
  color?: string;
}

/** A small line without axes, beside a number that says the same. */
export function SparkLine({ values, width = 96, height = 22, color = "var(--v-accent)" }: Props) {
  const x = scaleLinear().domain([0, Math.max(1, values.length - 1)]).range([1, width - 1]);
  const y = scaleLinear().domain([0, Math.max(1e-9, max(values) ?? 0)]).range([height - 2, 2]);
  const points = values.map((value, index): [number, number] => [x(index), y(value)]);
  if (points.length < 2) return <svg width={width} height={height} aria-hidden="true" />;
  return (
    <svg width={width} height={height} aria-hidden="true">
      <path d={area().y0(height - 1)(points) ?? ""} fill={color} fillOpacity={0.16} />
      <path d={line()(points) ?? ""} fill="none" stroke={color} strokeWidth={1.4} strokeLinejoin="round" />
    </svg>
  );
}
