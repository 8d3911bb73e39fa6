/** Model cards: what was measured of a network's published weights. */

/** How many digits of a data set were classified correctly, and the 95 % interval of that share (0..1). */
export interface Measured {
  readonly right: number;
  readonly of: number;
  readonly interval: readonly [number, number];
}

/** The parts of a card that the page shows; data sets that were not measured are missing. */
export interface Card {
  readonly measured?: { readonly mnist?: Measured; readonly pen?: Measured };
}

/** The address of a network's card. */
export const cardAddress = (name: string): string => `models/${name}.card.json`;

/** Fetches the card of a network of the catalogue; null if that fails. */
export async function fetchCard(name: string): Promise<Card | null> {
  try {
    const answer = await fetch(cardAddress(name));
    return answer.ok ? ((await answer.json()) as Card) : null;
  } catch {
    return null;
  }
}

const percent = (share: number): string => (100 * share).toFixed(2);

/** “99.43 % (99.26 to 99.56)”. */
export const accuracy = ({ right, of: total, interval: [low, high] }: Measured): string =>
  `${percent(right / total)} % (${percent(low)} to ${percent(high)})`;
