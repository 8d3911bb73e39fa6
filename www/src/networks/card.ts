/** What was measured of a network's published weights: the model card beside them. */

/** How a set of digits was read: the share read right, and its 95 % interval (0..1). */
export interface Measured {
  readonly right: number;
  readonly of: number;
  readonly interval: readonly [number, number];
}

/** The parts of a card that the page shows; sets that were not measured are missing. */
export interface Card {
  readonly measured?: { readonly mnist?: Measured; readonly pen?: Measured };
}

/** The address of a network's card. */
export const cardOf = (name: string): string => `models/${name}.card.json`;

/** The card of a network of the catalogue; null where it cannot be had. */
export async function fetchCard(name: string): Promise<Card | null> {
  try {
    const answer = await fetch(cardOf(name));
    return answer.ok ? ((await answer.json()) as Card) : null;
  } catch {
    return null;
  }
}

const per = (share: number): string => (100 * share).toFixed(2);

/** “99.43 % (99.26 to 99.56)”. */
export const accuracy = ({ right, of, interval: [low, high] }: Measured): string =>
  `${per(right / of)} % (${per(low)} to ${per(high)})`;
