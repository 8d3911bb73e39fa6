/** What each layer of a network costs, as rows of a table and as CSV. */
import type { NodeInfo } from '../engine/protocol';

export interface Row {
  readonly name: string;
  readonly op: string;
  readonly shape: string;
  readonly parameters: number;
  readonly macs: number;
  /** Of the output, as 32-bit numbers. */
  readonly bytes: number;
}

export const rowsOf = (nodes: readonly NodeInfo[]): Row[] =>
  nodes.map(({ name, op, shape, parameters, macs }) => ({
    name,
    op,
    shape: shape.slice(1).join('×'),
    parameters,
    macs,
    bytes: 4 * shape.reduce((product, length) => product * length, 1),
  }));

const COLUMNS = ['name', 'op', 'shape', 'parameters', 'macs', 'bytes'] as const;

/** A field is quoted where it would be taken apart (RFC 4180), and kept from being read as a formula. */
const field = (value: string | number): string => {
  const text = typeof value === 'string' && /^[=+@-]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export const csv = (rows: readonly Row[]): string =>
  [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((column) => field(row[column])).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');
