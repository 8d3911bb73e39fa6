const whole = new Intl.NumberFormat('en-GB');

/** A count with thousands separated. */
export const count = (value: number): string => whole.format(value);

/** A measured value, to four significant places, with a real minus sign. */
export const value = (number: number): string =>
  (Object.is(number, -0) ? 0 : number).toPrecision(4).replace(/\.0+$/, '').replace('-', '−');

/** A time with three significant digits, in the unit that makes it readable. */
export function duration(milliseconds: number): string {
  const [value, unit] = milliseconds < 1 ? [milliseconds * 1000, 'µs'] : [milliseconds, 'ms'];
  const decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(decimals)} ${unit}`;
}

/** A shape as people write it: “6 × 28 × 28”; the batch of one is left out. */
export const shape = (lengths: readonly number[]): string => lengths.slice(1).map(count).join(' × ');
