import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type Simulation, type SimulationNodeDatum } from "d3-force";

export interface GraphInput {
  /** Radius of each node; positions go by the same index. */
  radii: readonly number[];
  links: readonly { from: number; to: number; weight: number }[];
  /** Where nodes stand already, by index; the others find a place. */
  start?: readonly ({ x: number; y: number } | undefined)[];
}

interface Body extends SimulationNodeDatum {
  index: number;
  radius: number;
}
interface Spring {
  source: number | Body;
  target: number | Body;
  weight: number;
}

const linkLength = 120;

/** A layout by forces around the middle (0, 0). Deterministic for the same input. */
export class ForceGraph {
  private readonly bodies: Body[];
  private readonly simulation: Simulation<Body, Spring>;

  constructor({ radii, links, start }: GraphInput) {
    this.bodies = radii.map((radius, index) => ({ index, radius, ...start?.[index] }));
    const springs: Spring[] = links.map(({ from, to, weight }) => ({ source: from, target: to, weight }));
    this.simulation = forceSimulation(this.bodies)
      .force("link", forceLink<Body, Spring>(springs).distance(linkLength).strength((link) => 0.06 + 0.22 * Math.min(1, link.weight)))
      .force("charge", forceManyBody<Body>().strength(-700).distanceMax(900))
      .force("collide", forceCollide<Body>().radius((body) => body.radius + 18))
      .force("x", forceX(0).strength(0.05))
      .force("y", forceY(0).strength(0.075))
      .stop();
  }

  /** Goes on for some steps; false when it has come to rest. */
  step(count: number): boolean {
    for (let i = 0; i < count && this.simulation.alpha() > this.simulation.alphaMin(); i += 1) this.simulation.tick();
    return this.simulation.alpha() > this.simulation.alphaMin();
  }

  /** Holds a node where it is put, or lets it go. */
  pin(index: number, at: { x: number; y: number } | null): void {
    const body = this.bodies[index];
    if (!body) return;
    body.fx = at?.x ?? null;
    body.fy = at?.y ?? null;
    this.simulation.alpha(Math.max(this.simulation.alpha(), 0.25));
  }

  /** x and y of all nodes, one after the other. */
  positions(): Float32Array {
    const out = new Float32Array(this.bodies.length * 2);
    this.bodies.forEach((body, i) => {
      out[i * 2] = body.x ?? 0;
      out[i * 2 + 1] = body.y ?? 0;
    });
    return out;
  }
}
