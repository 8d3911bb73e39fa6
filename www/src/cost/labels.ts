/** Names of points: each where it hides nothing and is hidden by nothing, as near to its point as that allows. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Named extends Point {
  readonly title: string;
}

export interface Label extends Named {
  /** Whether it ends at `x`, before its point, or begins there, behind it. */
  readonly before: boolean;
  /** Its point, where it stands so far off that a line must lead to it. */
  readonly led: Point | null;
}

/** Pixels of a line of text, of a letter at most, from a point to its name, and of a point. */
const [LINE, LETTER, GAP, RADIUS] = [13, 6.2, 8, 4];
/** How far up or down a name may move, in steps of which the first few need no line to lead back. */
const [STEP, MOST, NEAR] = [3, 20, 2];
/** How often all names may move again, once the others have. */
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

/** How many square pixels two boxes share. */
const shared = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

/** Where a name may stand, the best place first: behind its point, before it, and further up or down. */
function places({ title, x, y }: Named): Label[] {
  const steps = Array.from({ length: 2 * MOST + 1 }, (_, i) => (i % 2 ? (i + 1) / 2 : -i / 2));
  return steps.flatMap((step) =>
    [false, true].map((before) => {
      const far = Math.abs(step) > NEAR;
      // A line needs room.
      const gap = GAP + (far ? GAP : 0);
      const led = far ? { x, y } : null;
      return { title, x: before ? x - gap : x + gap, y: y + step * STEP, before, led };
    }),
  );
}

/** `points` are all that are drawn, `size` what there is to draw on. */
export function labels(
  named: readonly Named[],
  points: readonly Point[],
  size: { readonly width: number; readonly height: number },
): Label[] {
  const dots = points.map(around);
  const offered = named.map(places);
  const placed = offered.map(([best]) => best as Label);

  /** What is wrong with a place: above all what it hides, then how far off it is. */
  const faults = (label: Label, own: number, rank: number): number => {
    const box = boxOf(label);
    const hidden = (boxes: readonly Box[]): number =>
      boxes.reduce((sum, other) => sum + shared(box, other), 0);
    const others = placed.filter((_, i) => i !== own).map(boxOf);
    const outside = box.left < 0 || box.right > size.width || box.top < 0 || box.bottom > size.height;
    return (outside ? 1e6 : 0) + 1e3 * (hidden(dots) + hidden(others)) + rank;
  };

  for (let round = 0; round < ROUNDS; round++) {
    let moved = false;
    for (const [own, candidates] of offered.entries()) {
      const marks = candidates.map((label, rank) => faults(label, own, rank));
      const best = candidates[marks.indexOf(Math.min(...marks))] as Label;
      moved ||= best !== placed[own];
      placed[own] = best;
    }
    if (!moved) break;
  }
  return placed;
}
