/** All maps of a layer on one canvas. One each would be hundreds, and a browser hands every canvas over at every frame. */
import { type Arrangement, channel, GAP, type LayerShape } from './maps';
import { limit as limitOf, type Scale, tint } from './scale';

/** Around a map, a part of the gap. */
const BORDER = 1;

/** Draws all maps one below the other, a pixel a cell, on one scale that ends at `limit`; without it each has its own. */
export function drawMaps(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  shape: LayerShape,
  limit: number | null,
  colours: Scale,
): void {
  const { channels, rows, columns } = shape;
  const context = sized(canvas, columns, channels * rows);
  if (!context) return;
  const image = context.createImageData(columns, channels * rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let k = 0; k < channels; k++) {
    const most = limit ?? limitOf(channel(values, shape, k));
    tint(pixels, k * rows * columns, values, k * rows * columns, rows * columns, most, colours);
  }
  context.putImageData(image, 0, 0);
}

/** Lays such maps out, in this order and enlarged: as the buttons lie that stand over them. */
export function layOut(
  canvas: HTMLCanvasElement,
  maps: HTMLCanvasElement,
  { rows, columns }: LayerShape,
  order: readonly number[],
  { across, enlarge }: Arrangement,
): void {
  const [width, height] = [columns * enlarge, rows * enlarge];
  const [right, down] = [width + GAP, height + GAP];
  const context = sized(canvas, across * right, Math.ceil(order.length / across) * down);
  if (!context) return;
  context.imageSmoothingEnabled = false;
  order.forEach((k, place) => {
    const [x, y] = [(place % across) * right + BORDER, Math.floor(place / across) * down + BORDER];
    context.drawImage(maps, 0, k * rows, columns, rows, x, y, width, height);
  });
}

function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  return canvas.getContext('2d');
}
