/** The map as an SVG drawing that does not depend on the page: boxes, connections, pictures and bars. */
import type { NodeInfo } from '../engine/protocol';
import type { Scale } from '../ui/colours';
import { shape as shapeText } from '../ui/numbers';
import { SVG } from '../ui/svg';
import type { Box, Layout } from './layout';
import type { Stack } from './stacks';
import { paint, tileOf } from './thumbnail';

export interface MapContent {
  readonly network: string;
  readonly layout: Layout;
  /** Around unfolded blocks. */
  readonly frames: readonly Frame[];
  readonly stackOf: ReadonlyMap<string, Stack>;
  /** The folded blocks. */
  readonly closed: ReadonlySet<string>;
  readonly values: (node: NodeInfo) => Float32Array | null;
  readonly colours: Scale;
  /** The counts of the largest layer, which fill a bar. */
  readonly largest: { readonly parameters: number; readonly macs: number };
}

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Attributes = Readonly<Record<string, string | number>>;

function element(name: string, attributes: Attributes, ...children: (Node | string)[]): SVGElement {
  const created = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, String(value));
  created.append(...children);
  return created;
}

/** Pixels of a card, as in StackCard.svelte. */
const CARD = {
  picture: 26,
  tall: 62,
  shape: 102,
  bars: 108,
  head: 120,
  row: 26,
  side: 5,
  small: 20,
} as const;

type Area = Omit<Box, 'id'>;

/** A layer's picture in the middle of an area, with sharp pixels; empty without values. */
function picture(node: NodeInfo, { values, colours }: MapContent, area: Area): SVGElement[] {
  const layerValues = values(node);
  if (!layerValues) return [];
  const tile = tileOf(node);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [tile.width, tile.height];
  paint(canvas, tile, layerValues, colours);
  const scale = Math.min(area.width / tile.width, area.height / tile.height);
  const [width, height] = [tile.width * scale, tile.height * scale];
  const image = element('image', {
    x: area.x + (area.width - width) / 2,
    y: area.y + (area.height - height) / 2,
    width,
    height,
    href: canvas.toDataURL(),
    'image-rendering': 'pixelated',
  });
  return [image];
}

/** A colour or font of the page. */
const style = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const text = (content: string, x: number, y: number, attributes: Attributes): SVGElement =>
  element('text', { x, y, fill: style('ink'), ...attributes }, content);

/** A bar that is filled up to `share`. */
function bar(x: number, y: number, width: number, share: number, fill: string): SVGElement[] {
  return [
    element('rect', { x, y, width, height: 4, fill: style('line') }),
    element('rect', { x, y, width: width * Math.min(1, share), height: 4, fill }),
  ];
}

/** The rows of a card, one for each layer after the first. */
function rows(members: readonly NodeInfo[], content: MapContent, { x, y, width }: Box): SVGElement[] {
  const left = x + CARD.side;
  return members.flatMap((node, i) => {
    const top = y + CARD.head + i * CARD.row;
    return [
      element('line', { x1: x, x2: x + width, y1: top, y2: top, stroke: style('line') }),
      ...picture(node, content, { x: left, y: top + 3, width: CARD.small, height: CARD.small }),
      text(node.op, left + CARD.small + 5, top + 17, { 'font-size': 10 }),
    ];
  });
}

function card(box: Box, content: MapContent): SVGElement {
  const { id, x, y, width, height } = box;
  const stack = content.stackOf.get(id);
  const [head, last] = [stack?.members[0], stack?.members.at(-1)];
  if (!stack || !head || !last) return element('g', {});
  const isFolded = content.closed.has(id);
  const pictured = isFolded ? last : head;
  const counted = isFolded ? stack.members : [head];
  const share = (count: 'parameters' | 'macs'): number =>
    counted.reduce((sum, node) => sum + node[count], 0) / (content.largest[count] || 1);
  const middle = x + width / 2;
  const inner = { x: x + CARD.side, width: width - 2 * CARD.side };
  return element(
    'g',
    {},
    element('title', {}, `${pictured.name}: ${pictured.description}`),
    element('rect', { x, y, width, height, fill: style('sheet'), stroke: style('edge') }),
    text(pictured.name, middle, y + 18, {
      'text-anchor': 'middle',
      'font-size': 14,
      'font-weight': 500,
      'font-family': style('serif'),
    }),
    ...picture(pictured, content, { ...inner, y: y + CARD.picture, height: CARD.tall }),
    text(isFolded ? `${stack.members.length} layers` : shapeText(pictured.shape), middle, y + CARD.shape, {
      'text-anchor': 'middle',
      'font-size': 10,
      fill: style('soft'),
    }),
    ...bar(inner.x, y + CARD.bars, inner.width, share('parameters'), style('ink')),
    ...bar(inner.x, y + CARD.bars + 6, inner.width, share('macs'), style('accent')),
    ...rows(isFolded ? [] : stack.members.slice(1), content, box),
  );
}

export function mapSvg(content: MapContent): SVGElement {
  const { width, height, edges, boxes } = content.layout;
  return element(
    'svg',
    { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': style('sans') },
    element('title', {}, `Map of ${content.network}`),
    element('rect', { width, height, fill: style('paper') }),
    ...edges.map(({ path }) =>
      element('path', { d: path, fill: 'none', stroke: style('edge'), 'stroke-width': 1.25 }),
    ),
    ...content.frames.map(({ left: x, top: y, width, height }) =>
      element('rect', {
        x,
        y,
        width,
        height,
        fill: 'none',
        stroke: style('edge'),
        'stroke-dasharray': '3 3',
      }),
    ),
    ...boxes.map((box) => card(box, content)),
  );
}
