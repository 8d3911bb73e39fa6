/** Places the names of points in a chart: near their points, without overlap. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Named extends Point {
  readonly title: string;
}

export interface Label extends Named {
  /** Whether the name ends at `x`, left of its point, or begins there, right of it. */
  readonly before: boolean;
  /** The point, if the name is so far away that a line must connect them. */
  readonly leadTo: Point | null;
}

/** Pixels of a line of text, of the widest letter, from a point to its name, and of a point's radius. */
const [LINE, LETTER, GAP, RADIUS] = [13, 6.2, 8, 4];
/** Names move up or down by steps of `STEP` pixels, at most `MAX_STEPS`; within `NEAR` steps they need no line. */
const [STEP, MAX_STEPS, NEAR] = [3, 20, 2];
/** Maximum rounds in which each name may move again. */
const ROUNDS = 6;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const boxOf = ({ title, x, y, before }: Label): Box => {
  const width = title.length * LETTER;
  const left = before ? x - width : x;
  return { left, right: left + width, top: y - LINE / 2, bottom: y + LINE / 2 };
};

const around = ({ x, y }: Point): Box => ({
  left: x - RADIUS,
  right: x + RADIUS,
  top: y - RADIUS,
  bottom: y + RADIUS,
});

/** Square pixels in which two boxes overlap. */
const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

/** Possible positions of a name, the best first: right of its point, left of it, then further up or down. */
function candidatesOf({ title, x, y }: Named): Label[] {
  const steps = Array.from({ length: 2 * MAX_STEPS + 1 }, (_, i) => (i % 2 ? (i + 1) / 2 : -i / 2));
  return steps.flatMap((step) =>
    [false, true].map((before) => {
      const far = Math.abs(step) > NEAR;
      // Room for the line.
      const gap = GAP + (far ? GAP : 0);
      const leadTo = far ? { x, y } : null;
      return { title, x: before ? x - gap : x + gap, y: y + step * STEP, before, leadTo };
    }),
  );
}

/** `points` are all points of the chart, with or without a name; `size` is the chart's. */
export function labels(
  named: readonly Named[],
  points: readonly Point[],
  size: { readonly width: number; readonly height: number },
): Label[] {
  const dots = points.map(around);
  const offered = named.map(candidatesOf);
  const placed = offered.map(([best]) => best as Label);

  /** The penalty of a position: first for overlap, then for distance. */
  const penalty = (label: Label, index: number, rank: number): number => {
    const box = boxOf(label);
    const hidden = (boxes: readonly Box[]): number =>
      boxes.reduce((sum, other) => sum + overlap(box, other), 0);
    const others = placed.filter((_, i) => i !== index).map(boxOf);
    const outside = box.left < 0 || box.right > size.width || box.top < 0 || box.bottom > size.height;
    return (outside ? 1e6 : 0) + 1e3 * (hidden(dots) + hidden(others)) + rank;
  };

  for (let round = 0; round < ROUNDS; round++) {
    let moved = false;
    for (const [index, candidates] of offered.entries()) {
      const penalties = candidates.map((label, rank) => penalty(label, index, rank));
      const best = candidates[penalties.indexOf(Math.min(...penalties))] as Label;
      moved ||= best !== placed[index];
      placed[index] = best;
    }
    if (!moved) break;
  }
  return placed;
}
