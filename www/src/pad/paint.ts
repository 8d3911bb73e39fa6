import { GRID, type Point, type Sheet, type Stroke } from './drawing';

/** The pen's width as a share of the pad's side: a digit that fills the pad looks like those of MNIST. */
const WIDTH = 0.062;

/** Draws a sheet, and the keyboard's cursor if there is one, onto a square canvas. */
export function paint(
  context: CanvasRenderingContext2D,
  sheet: Sheet,
  ink: string,
  cursor: { at: Point; colour: string; down: boolean } | null = null,
): void {
  const side = context.canvas.width;
  context.clearRect(0, 0, side, side);
  if (sheet.picture) picture(context, sheet.picture);
  context.strokeStyle = ink;
  context.fillStyle = ink;
  context.lineWidth = side * WIDTH;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of sheet.strokes) line(context, stroke, side / GRID);
  if (cursor) crosshair(context, cursor, side);
}

/** Draws a stroke as a smooth curve through the middles of its segments, with its points as control points. */
function line(context: CanvasRenderingContext2D, stroke: Stroke, scale: number): void {
  const [first] = stroke;
  if (!first) return;
  context.beginPath();
  context.moveTo(first[0] * scale, first[1] * scale);
  stroke.forEach((point, i) => {
    const next = stroke[i + 1] ?? point;
    const middle = [(point[0] + next[0]) / 2, (point[1] + next[1]) / 2] as const;
    context.quadraticCurveTo(point[0] * scale, point[1] * scale, middle[0] * scale, middle[1] * scale);
  });
  context.stroke();
}

function crosshair(
  context: CanvasRenderingContext2D,
  { at, colour, down }: { at: Point; colour: string; down: boolean },
  side: number,
): void {
  const [x, y] = [(at[0] / GRID) * side, (at[1] / GRID) * side];
  const reach = side * 0.04;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = Math.max(2, side * 0.006);
  context.beginPath();
  context.arc(x, y, reach / 2, 0, 2 * Math.PI);
  context[down ? 'fill' : 'stroke']();
  context.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    context.moveTo(x + dx * reach * 0.7, y + dy * reach * 0.7);
    context.lineTo(x + dx * reach * 1.4, y + dy * reach * 1.4);
  }
  context.stroke();
}

/** The last picture as a canvas: a photograph is too large to be copied in every frame. */
let cached: { image: ImageData; canvas: HTMLCanvasElement } | null = null;

function canvasOf(image: ImageData): HTMLCanvasElement {
  if (cached?.image === image) return cached.canvas;
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  cached = { image, canvas };
  return canvas;
}

/** Draws the picture centred, as large as it fits. */
function picture(context: CanvasRenderingContext2D, image: ImageData): void {
  const side = context.canvas.width;
  const scale = side / Math.max(image.width, image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  context.drawImage(canvasOf(image), (side - width) / 2, (side - height) / 2, width, height);
}
