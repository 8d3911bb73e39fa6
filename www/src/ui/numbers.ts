const whole = new Intl.NumberFormat('en-GB');

/** A count with thousands separated. */
export const count = (value: number): string => whole.format(value);

/** A measured value, to four significant places, with a real minus sign. */
export const value = (number: number): string =>
  (Object.is(number, -0) ? 0 : number).toPrecision(4).replace(/\.0+$/, '').replace('-', '−');

/** A shape as people write it: “6 × 28 × 28”; the batch of one is left out. */
export const shape = (lengths: readonly number[]): string => lengths.slice(1).map(count).join(' × ');
