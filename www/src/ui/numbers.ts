const format = new Intl.NumberFormat('en-GB');

/** A count with thousands separators. */
export const count = (value: number): string => format.format(value);

/** A value with four significant digits and a real minus sign. */
export const value = (number: number): string =>
  (Object.is(number, -0) ? 0 : number).toPrecision(4).replace(/\.0+$/, '').replace('-', '−');

/** A time with three significant digits, in the unit that makes it readable. */
export function duration(milliseconds: number): string {
  const [value, unit] = milliseconds < 1 ? [milliseconds * 1000, 'µs'] : [milliseconds, 'ms'];
  const decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(decimals)} ${unit}`;
}

/** A shape without its batch axis: “6 × 28 × 28”. */
export const shape = (lengths: readonly number[]): string => lengths.slice(1).map(count).join(' × ');
