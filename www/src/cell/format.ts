/** Cells, numbers and formulas as text. */
import type { Cell, Ledger, NodeInfo } from '../engine/protocol';
import { shapeOf } from '../layers/maps';
import { value } from '../ui/numbers';

/** Whether a node's output is a list of units rather than maps. */
export function isFlat(node: NodeInfo | undefined): boolean {
  if (!node) return false;
  const { rows, columns } = shapeOf(node);
  return rows * columns === 1;
}

/** The name of a cell: “f6 17”, “c3 5 (4, 4)”. */
export const cellName = ({ node, channel, row, column }: Cell, flat: boolean): string =>
  flat ? `${node} ${channel}` : `${node} ${channel} (${row}, ${column})`;

/** A number for a cell of a window, with two decimals or three digits. */
export function short(number: number): string {
  const size = Math.abs(number);
  if (number === 0) return '0';
  if (!Number.isFinite(number) || size >= 100) return number.toPrecision(3).replace('-', '−');
  if (size < 0.005) return number > 0 ? '0.00' : '−0.00';
  return number.toFixed(2).replace('-', '−');
}

/** A part of a formula: text, or a number with its name. */
export type Part = { readonly text: string } | { readonly name: string; readonly number: string };

/** The formula with its numbers; negative ones are in brackets unless they are first. */
export function formula({ formula, terms }: Pick<Ledger, 'formula' | 'terms'>): Part[] {
  return formula.split(/\{(\w+)\}/).flatMap((piece, i): Part[] => {
    if (i % 2 === 0) return piece ? [{ text: piece }] : [];
    const term = terms.find(({ name }) => name === piece);
    if (!term) return [{ text: piece }];
    const number = value(term.value);
    return [{ name: piece, number: number.startsWith('−') && i > 1 ? `(${number})` : number }];
  });
}

/** How far the engine's value and the ledger's sum are apart, absolutely and relative to what was summed. */
export function difference({ engine, result, magnitude }: Ledger): string {
  if (Number.isNaN(engine) || Number.isNaN(result)) return 'one of them is NaN (not a number)';
  const apart = Math.abs(engine - result);
  if (apart === 0) return 'exactly equal';
  const share = magnitude > 0 ? apart / magnitude : Number.POSITIVE_INFINITY;
  return `a rounding difference of ${power(apart)}, ${power(share)} of the sum of magnitudes`;
}

const power = (share: number): string => {
  const [digits = '0', exponent = '0'] = share.toExponential(0).split('e');
  const raised = [...exponent.replace('+', '')].map((sign) =>
    sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)],
  );
  return `${digits} · 10${raised.join('')}`;
};
