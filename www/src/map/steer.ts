/** Arrow keys between elements at any position of a plane. */
const DIRECTIONS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest of `others` in the key's direction; distance to the side counts twice. */
export function steer(key: string, from: Element, others: readonly Element[]): Element | undefined {
  const direction = DIRECTIONS[key];
  if (key === 'Home') return others[0];
  if (key === 'End') return others.at(-1);
  if (!direction) return undefined;
  const middle = (element: Element): [number, number] => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const [x, y] = middle(from);
  let best: Element | undefined;
  let minCost = Number.POSITIVE_INFINITY;
  for (const other of others) {
    const [right, down] = middle(other);
    const [along, sideways] = [
      (right - x) * direction[0] + (down - y) * direction[1],
      (right - x) * direction[1] + (down - y) * direction[0],
    ];
    const cost = along + 2 * Math.abs(sideways);
    if (along > 4 && cost < minCost) [best, minCost] = [other, cost];
  }
  return best;
}
