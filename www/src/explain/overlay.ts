/** Draws a heat map over a drawing: the ink at half intensity, and positive heat in red. */
import { css, indexOf, type Scale } from '../ui/colours';
import { SIDE } from './method';

/** Canvas pixels per pixel of the drawing: cells of most maps then begin at whole pixels. */
const PIXEL = 20;
const EDGE = SIDE * PIXEL;

export function overlay(
  canvas: HTMLCanvasElement,
  ink: Float32Array,
  heat: Float32Array,
  columns: number,
  colours: Scale,
): void {
  if (canvas.width !== EDGE) canvas.width = canvas.height = EDGE;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.globalAlpha = 1;
  ink.forEach((amount, at) => {
    context.fillStyle = css(colours, indexOf(amount / 2, 1));
    context.fillRect((at % SIDE) * PIXEL, Math.floor(at / SIDE) * PIXEL, PIXEL, PIXEL);
  });
  let max = 0;
  for (const amount of heat) if (amount > max) max = amount; // NaN is skipped
  const rows = heat.length / columns;
  context.fillStyle = css(colours, indexOf(-1, 1));
  heat.forEach((amount, at) => {
    if (!(amount > 0)) return;
    const edge = (step: number, steps: number): number => Math.round((step * EDGE) / steps);
    const [row, column] = [Math.floor(at / columns), at % columns];
    const [left, top] = [edge(column, columns), edge(row, rows)];
    // The ink stays visible below the heat.
    context.globalAlpha = (0.7 * amount) / max;
    context.fillRect(left, top, edge(column + 1, columns) - left, edge(row + 1, rows) - top);
  });
}
