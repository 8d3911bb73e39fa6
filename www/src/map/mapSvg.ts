/** The map as a drawing of its own, for files: boxes, connections, small pictures, and marks, as they stand. */
import type { NodeInfo } from '../engine/protocol';
import type { Scale } from '../ui/colours';
import { shape as shapeText } from '../ui/numbers';
import { SVG } from '../ui/svg';
import type { Box, Plan } from './layout';
import type { Stack } from './stacks';
import { paint, tileOf } from './thumbnail';

export interface Drawn {
  readonly network: string;
  readonly sheet: Plan;
  /** Around blocks that stand open. */
  readonly frames: readonly Frame[];
  readonly stackOf: ReadonlyMap<string, Stack>;
  /** The blocks that are folded. */
  readonly closed: ReadonlySet<string>;
  readonly values: (node: NodeInfo) => Float32Array | null;
  readonly colours: Scale;
  /** The largest of all layers, which fills a mark. */
  readonly most: { readonly parameters: number; readonly macs: number };
}

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Attributes = Readonly<Record<string, string | number>>;

function element(name: string, attributes: Attributes, ...children: (Node | string)[]): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** Pixels of a card, as Card.svelte lays it out. */
const CARD = {
  picture: 26,
  tall: 62,
  shape: 102,
  marks: 108,
  head: 120,
  row: 26,
  side: 5,
  small: 20,
} as const;

/** A layer's small picture in the middle of a place, with its pixels sharp. */
function picture(node: NodeInfo, drawn: Drawn, place: Omit<Box, 'id'>): SVGElement[] {
  const values = drawn.values(node);
  if (!values) return [];
  const tile = tileOf(node);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [tile.width, tile.height];
  paint(canvas, tile, values, drawn.colours);
  const scale = Math.min(place.width / tile.width, place.height / tile.height);
  const [width, height] = [tile.width * scale, tile.height * scale];
  const image = element('image', {
    x: place.x + (place.width - width) / 2,
    y: place.y + (place.height - height) / 2,
    width,
    height,
    href: canvas.toDataURL(),
    'image-rendering': 'pixelated',
  });
  return [image];
}

export function drawing(drawn: Drawn): SVGElement {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const { sheet, stackOf, closed, most } = drawn;
  const text = (words: string, x: number, y: number, more: Attributes): SVGElement =>
    element('text', { x, y, fill: colour('ink'), ...more }, words);

  function mark(x: number, y: number, width: number, share: number, fill: string): SVGElement[] {
    const whole = element('rect', { x, y, width, height: 4, fill: colour('line') });
    return [whole, element('rect', { x, y, width: width * Math.min(1, share), height: 4, fill })];
  }

  function card({ id, x, y, width, height }: Box): SVGElement {
    const stack = stackOf.get(id);
    const [head, last] = [stack?.members[0], stack?.members.at(-1)];
    if (!stack || !head || !last) return element('g', {});
    const folded = closed.has(id);
    const shown = folded ? last : head;
    const counted = folded ? stack.members : [head];
    const sum = (of: 'parameters' | 'macs'): number => counted.reduce((all, node) => all + node[of], 0);
    const middle = x + width / 2;
    const inner = { x: x + CARD.side, width: width - 2 * CARD.side };
    const rows = (folded ? [] : stack.members.slice(1)).flatMap((node, i) => {
      const top = y + CARD.head + i * CARD.row;
      const place = { x: inner.x, y: top + 3, width: CARD.small, height: CARD.small };
      return [
        element('line', { x1: x, x2: x + width, y1: top, y2: top, stroke: colour('line') }),
        ...picture(node, drawn, place),
        text(node.op, inner.x + CARD.small + 5, top + 17, { 'font-size': 10 }),
      ];
    });
    return element(
      'g',
      {},
      element('title', {}, `${shown.name}: ${shown.sentence}`),
      element('rect', { x, y, width, height, fill: colour('sheet'), stroke: colour('edge') }),
      text(shown.name, middle, y + 18, {
        'text-anchor': 'middle',
        'font-size': 14,
        'font-weight': 500,
        'font-family': colour('serif'),
      }),
      ...picture(shown, drawn, { ...inner, y: y + CARD.picture, height: CARD.tall }),
      text(folded ? `${stack.members.length} layers` : shapeText(shown.shape), middle, y + CARD.shape, {
        'text-anchor': 'middle',
        'font-size': 10,
        fill: colour('soft'),
      }),
      ...mark(
        inner.x,
        y + CARD.marks,
        inner.width,
        sum('parameters') / (most.parameters || 1),
        colour('ink'),
      ),
      ...mark(inner.x, y + CARD.marks + 6, inner.width, sum('macs') / (most.macs || 1), colour('accent')),
      ...rows,
    );
  }

  const { width, height } = sheet;
  return element(
    'svg',
    { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': colour('sans') },
    element('title', {}, `Map of ${drawn.network}`),
    element('rect', { width, height, fill: colour('paper') }),
    ...sheet.edges.map(({ path }) =>
      element('path', { d: path, fill: 'none', stroke: colour('edge'), 'stroke-width': 1.25 }),
    ),
    ...drawn.frames.map(({ left: x, top: y, width, height }) =>
      element('rect', {
        x,
        y,
        width,
        height,
        fill: 'none',
        stroke: colour('edge'),
        'stroke-dasharray': '3 3',
      }),
    ),
    ...sheet.boxes.map(card),
  );
}
