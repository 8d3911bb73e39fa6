/** The cost of each layer of a network, as rows of a table and as CSV. */
import type { Costs, NetworkInfo, StepTime } from '../engine/protocol';
import { layerTimes } from './stepTimes';

export interface Row {
  readonly name: string;
  readonly op: string;
  readonly shape: string;
  /** The receptive field: rows and columns of the input that a cell depends on; null if unknown. */
  readonly sees: readonly [number, number] | null;
  readonly parameters: number;
  /** Bytes of the parameters as 32-bit numbers. */
  readonly weights: number;
  readonly macs: number;
  /** Bytes of the output as 32-bit numbers. */
  readonly bytes: number;
  /** The measured time; null if it was not measured, or is part of another layer's. */
  readonly milliseconds: number | null;
  /** The layer whose time includes this one's. */
  readonly within: string | null;
}

/** The costs that are known without the full engine: all except receptive fields. */
export function knownCosts({ name, input, parameters, macs, nodes }: NetworkInfo): Costs {
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
  const timed = layerTimes(steps, layers);
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

/** A CSV field: quoted if needed (RFC 4180), and never taken for a formula by a spreadsheet. */
const csvField = (value: string | number): string => {
  const text = typeof value === 'string' && /^[=+@-]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const cellText = (row: Row, column: (typeof COLUMNS)[number]): string | number =>
  column === 'sees' ? (row.sees?.join('×') ?? '') : (row[column] ?? '');

export const csv = (rows: readonly Row[]): string =>
  [
    COLUMNS.join(','),
    ...rows.map((row) => COLUMNS.map((column) => csvField(cellText(row, column))).join(',')),
  ]
    .map((line) => `${line}\r\n`)
    .join('');
