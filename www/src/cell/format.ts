/** Cells and formulas in words. */
import type { Cell, Ledger, NodeInfo } from '../engine/protocol';
import { shapeOf } from '../layers/maps';
import { value } from '../ui/numbers';

/** Whether a node's output is a list of units rather than maps. */
export function isFlat(node: NodeInfo | undefined): boolean {
  if (!node) return false;
  const { rows, columns } = shapeOf(node);
  return rows * columns === 1;
}

/** A cell as it is called in a trail: “f6 17”, “c3 5 (4, 4)”. */
export const cellName = ({ node, channel, row, column }: Cell, flat: boolean): string =>
  flat ? `${node} ${channel}` : `${node} ${channel} (${row}, ${column})`;

/** A number for a cell of a window: as short as says something. */
export function short(number: number): string {
  const size = Math.abs(number);
  if (number === 0) return '0';
  if (!Number.isFinite(number) || size >= 100) return number.toPrecision(3).replace('-', '−');
  if (size < 0.005) return number > 0 ? '0.00' : '−0.00';
  return number.toFixed(2).replace('-', '−');
}

/** A part of a formula: text, or a number with its name. */
export type Part = { readonly text: string } | { readonly name: string; readonly number: string };

/** The formula with its numbers in it; negative ones in brackets where something stands before them. */
export function formula({ formula, terms }: Pick<Ledger, 'formula' | 'terms'>): Part[] {
  return formula.split(/\{(\w+)\}/).flatMap((piece, i): Part[] => {
    if (i % 2 === 0) return piece ? [{ text: piece }] : [];
    const term = terms.find(({ name }) => name === piece);
    if (!term) return [{ text: piece }];
    const number = value(term.value);
    return [{ name: piece, number: number.startsWith('−') && i > 1 ? `(${number})` : number }];
  });
}

/** How far the engine and the ledger are apart, beside what rounding may do. */
export function difference({ engine, result, magnitude }: Ledger): string {
  if (Number.isNaN(engine) || Number.isNaN(result)) return 'not a number';
  const apart = Math.abs(engine - result);
  if (apart === 0) return 'equal to the last bit';
  const share = magnitude > 0 ? apart / magnitude : Number.POSITIVE_INFINITY;
  return `${power(apart)} apart, ${power(share)} of what was added up`;
}

const power = (share: number): string => {
  const [digits = '0', exponent = '0'] = share.toExponential(0).split('e');
  const raised = [...exponent.replace('+', '')].map((sign) =>
    sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)],
  );
  return `${digits} · 10${raised.join('')}`;
};
