/** Positions of stacks and paths of their connections: from left to right, branches above each other. */
import { layout as dagreLayout, Graph } from '@dagrejs/dagre';
import type { Stack } from './stacks';

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** An SVG path. */
  readonly path: string;
}

export interface Layout {
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  readonly width: number;
  readonly height: number;
}

const MARGIN = 10;

export function layoutOf(
  stacks: readonly Stack[],
  size: (stack: Stack) => { width: number; height: number },
): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 20, edgesep: 14, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const stack of stacks) graph.setNode(stack.id, { ...size(stack) });
  for (const { id, inputs } of stacks) for (const from of inputs) graph.setEdge(from, id);
  dagreLayout(graph);
  const boxes = stacks.map(({ id }): Box => {
    const { x, y, width, height } = graph.node(id) as Box;
    return { id, x: x - width / 2, y: y - height / 2, width, height };
  });
  const boxOf = new Map(boxes.map((box) => [box.id, box]));
  const edges = stacks.flatMap(({ id, inputs }) =>
    inputs.map((from): Edge => {
      const { points = [] } = graph.edge(from, id) as { points?: Point[] };
      return { from, to: id, path: path(boxOf.get(from), boxOf.get(id), points) };
    }),
  );
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return { boxes, edges, width, height };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** From the right edge of one box to the left edge of the next, through points that avoid the boxes between. */
function path(from: Box | undefined, to: Box | undefined, points: readonly Point[]): string {
  if (!from || !to) return '';
  const start = { x: from.x + from.width, y: from.y + from.height / 2 };
  const end = { x: to.x, y: to.y + to.height / 2 };
  const route = [start, ...points.slice(1, -1).filter(({ x }) => x > start.x && x < end.x), end];
  return route.reduce((drawn, { x, y }, i) => {
    const before = route[i - 1];
    if (!before) return `M${x} ${y}`;
    const middle = (before.x + x) / 2;
    return `${drawn}C${middle} ${before.y} ${middle} ${y} ${x} ${y}`;
  }, '');
}
