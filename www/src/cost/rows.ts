/** What each layer of a network costs, as rows of a table and as CSV. */
import type { Costs, NetworkInfo, StepTime } from '../engine/protocol';
import { times } from './stepTimes';

export interface Row {
  readonly name: string;
  readonly op: string;
  readonly shape: string;
  /** Rows and columns of the input that a cell sees; null where that is not known. */
  readonly sees: readonly [number, number] | null;
  readonly parameters: number;
  /** Of the parameters, as 32-bit numbers. */
  readonly weights: number;
  readonly macs: number;
  /** Of the output, as 32-bit numbers. */
  readonly bytes: number;
  /** Measured; null where it was not, or where another layer's step does this one's work. */
  readonly milliseconds: number | null;
  /** The layer whose step does this one's work. */
  readonly within: string | null;
}

/** A network's costs by what is known of it without the full engine: all but what its layers see. */
export function known({ name, input, parameters, macs, nodes }: NetworkInfo): Costs {
  const layers = nodes.map((node) => ({
    ...node,
    weights: 4 * node.parameters,
    bytes: 4 * node.shape.reduce((product, length) => product * length, 1),
    field: null,
  }));
  return {
    name,
    input: [...input.shape],
    parameters,
    macs,
    connections: nodes.reduce((sum, node) => sum + node.connections, 0),
    weightedLayers: 0,
    weightBytes: 4 * parameters,
    activationBytes: layers.reduce((sum, { bytes }) => sum + bytes, 0),
    layers,
  };
}

export function rowsOf({ layers }: Costs, steps: readonly StepTime[] = []): Row[] {
  const timed = times(steps, layers);
  return layers.map(({ name, op, shape, field, parameters, macs, weights, bytes }) => ({
    name,
    op,
    shape: shape.slice(1).join('×'),
    sees: field,
    parameters,
    weights,
    macs,
    bytes,
    milliseconds: timed.get(name)?.milliseconds ?? null,
    within: timed.get(name)?.within ?? null,
  }));
}

const COLUMNS = [
  'name',
  'op',
  'shape',
  'sees',
  'parameters',
  'weights',
  'macs',
  'bytes',
  'milliseconds',
] as const;

/** A field is quoted where it would be taken apart (RFC 4180), and kept from being read as a formula. */
const field = (value: string | number): string => {
  const text = typeof value === 'string' && /^[=+@-]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const written = (row: Row, column: (typeof COLUMNS)[number]): string | number =>
  column === 'sees' ? (row.sees?.join('×') ?? '') : (row[column] ?? '');

export const csv = (rows: readonly Row[]): string =>
  [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((column) => field(written(row, column))).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');
