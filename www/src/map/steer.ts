/** Arrow keys over things that stand anywhere on a plane. */
const AIMS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest of `others` that lies in the key's direction; a detour to the side counts twice. */
export function steer(key: string, from: Element, others: readonly Element[]): Element | undefined {
  const aim = AIMS[key];
  if (key === 'Home') return others[0];
  if (key === 'End') return others.at(-1);
  if (!aim) return undefined;
  const middle = (element: Element): [number, number] => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const [x, y] = middle(from);
  let best: Element | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const other of others) {
    const [right, down] = middle(other);
    const [along, aside] = [
      (right - x) * aim[0] + (down - y) * aim[1],
      (right - x) * aim[1] + (down - y) * aim[0],
    ];
    const cost = along + 2 * Math.abs(aside);
    if (along > 4 && cost < least) [best, least] = [other, cost];
  }
  return best;
}
