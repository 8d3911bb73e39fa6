/** Heat over a drawing: the ink in half strength, and over it what is above zero in the accent's colour. */
import { css, place, type Scale } from '../ui/colours';
import { SIDE } from './method';

/** Pixels of the canvas for one of the drawing: places of most maps then begin at whole pixels. */
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
    context.fillStyle = css(colours, place(amount / 2, 1));
    context.fillRect((at % SIDE) * PIXEL, Math.floor(at / SIDE) * PIXEL, PIXEL, PIXEL);
  });
  let most = 0;
  for (const amount of heat) if (amount > most) most = amount; // what is not a number is passed over
  const rows = heat.length / columns;
  context.fillStyle = css(colours, place(-1, 1));
  heat.forEach((amount, at) => {
    if (!(amount > 0)) return;
    const edge = (step: number, steps: number): number => Math.round((step * EDGE) / steps);
    const [row, column] = [Math.floor(at / columns), at % columns];
    const [left, top] = [edge(column, columns), edge(row, rows)];
    // Half of the ink always shows through.
    context.globalAlpha = (0.7 * amount) / most;
    context.fillRect(left, top, edge(column + 1, columns) - left, edge(row + 1, rows) - top);
  });
}
