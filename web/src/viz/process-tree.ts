import { hierarchy, tree } from "d3-hierarchy";

export interface ProcessRecord {
  id: string;
  parent: string | undefined;
  name: string;
  pid: string;
  command: string;
  user: string;
  time: string | undefined;
  /** Known only from what its children say of it. */
  inferred: boolean;
}

export interface ProcessNode {
  process: ProcessRecord;
  x: number;
  y: number;
  children: number;
  collapsed: boolean;
}

export interface ProcessTree {
  nodes: ProcessNode[];
  links: { from: ProcessNode; to: ProcessNode; path: string }[];
  width: number;
  height: number;
}

export const boxWidth = 172;
export const boxHeight = 38;
const columnGap = 34;
const rowGap = 8;
const margin = 6;

interface Branch {
  process: ProcessRecord | undefined;
  children: Branch[];
}

// Roots are processes whose parent is unknown; a parent that would close a circle is cut.
function branchesOf(records: readonly ProcessRecord[]): Branch[] {
  const byId = new Map(records.map((process) => [process.id, { process, children: [] as Branch[] }]));
  const roots: Branch[] = [];
  const reaches = (from: string | undefined, target: string): boolean => {
    const seen = new Set<string>();
    for (let at = from; at !== undefined && !seen.has(at); at = byId.get(at)?.process.parent) {
      if (at === target) return true;
      seen.add(at);
    }
    return false;
  };
  for (const branch of byId.values()) {
    const { id, parent } = branch.process;
    const above = parent === undefined ? undefined : byId.get(parent);
    if (above && !reaches(parent, id)) above.children.push(branch);
    else roots.push(branch);
  }
  for (const branch of byId.values()) {
    branch.children.sort((a, b) => (a.process?.time ?? "").localeCompare(b.process?.time ?? ""));
  }
  return roots;
}

/** Processes from left to right, parents before children, each in a box of boxWidth by boxHeight. */
export function layOutProcesses(records: readonly ProcessRecord[], collapsed: ReadonlySet<string>): ProcessTree {
  const roots = branchesOf(records);
  if (roots.length === 0) return { nodes: [], links: [], width: 0, height: 0 };
  const top: Branch = { process: undefined, children: roots };
  const root = hierarchy<Branch>(top, (branch) =>
    branch.process && collapsed.has(branch.process.id) ? [] : branch.children,
  );
  const laid = tree<Branch>().nodeSize([boxHeight + rowGap, boxWidth + columnGap]).separation(() => 1)(root);
  const shown = laid.descendants().filter((node) => node.data.process !== undefined);
  const least = Math.min(...shown.map((node) => node.x));
  const nodes = new Map<string, ProcessNode>();
  for (const node of shown) {
    const process = node.data.process;
    if (!process) continue;
    nodes.set(process.id, {
      process,
      x: margin + (node.depth - 1) * (boxWidth + columnGap),
      y: margin + node.x - least,
      children: node.data.children.length,
      collapsed: collapsed.has(process.id) && node.data.children.length > 0,
    });
  }
  const links = [...nodes.values()].flatMap((to) => {
    const from = to.process.parent === undefined ? undefined : nodes.get(to.process.parent);
    if (!from || from.x >= to.x) return [];
    const [x1, y1, x2, y2] = [from.x + boxWidth, from.y + boxHeight / 2, to.x, to.y + boxHeight / 2];
    const middle = (x1 + x2) / 2;
    return [{ from, to, path: `M${x1},${y1}C${middle},${y1} ${middle},${y2} ${x2},${y2}` }];
  });
  const all = [...nodes.values()];
  return {
    nodes: all,
    links,
    width: Math.max(...all.map((node) => node.x)) + boxWidth + margin,
    height: Math.max(...all.map((node) => node.y)) + boxHeight + margin,
  };
}
