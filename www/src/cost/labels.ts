/** Names beside points: behind them where no other point lies, else before them, and never on one another. */
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
}

/** Pixels from one line to the next, of a letter at most, and from a point to its name. */
const [LINE, LETTER, GAP] = [12, 6, 9];

const span = ({ title, x, before }: Label): [number, number] => {
  const width = title.length * LETTER;
  return before ? [x - width, x] : [x, x + width];
};

/** `points` are all that are drawn, `width` what there is to draw on. */
export function labels(named: readonly Named[], points: readonly Point[], width: number): Label[] {
  const clear = (label: Label): boolean => {
    const [from, to] = span(label);
    const hit = ({ x, y }: Point): boolean => x > from && x < to && Math.abs(y - label.y) < LINE - 3;
    return from > 0 && to < width && !points.some(hit);
  };
  const placed: Label[] = [];
  for (const { title, x, y } of named.toSorted((a, b) => a.y - b.y)) {
    const behind = { title, x: x + GAP, y, before: false };
    const before = { title, x: x - GAP, y, before: true };
    const label = [behind, before].find(clear) ?? { ...behind, y: y + LINE };
    const [from, to] = span(label);
    const above = placed.filter((other) => {
      const [left, right] = span(other);
      return left < to && from < right && other.y > label.y - LINE;
    });
    placed.push({ ...label, y: Math.max(label.y, ...above.map((other) => other.y + LINE)) });
  }
  return placed;
}
