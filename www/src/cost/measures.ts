/** What a layer's cost can be told in. */
import { count, duration } from '../ui/numbers';
import type { Row } from './rows';

export interface Measure {
  readonly name: 'parameters' | 'weights' | 'macs' | 'bytes' | 'sees' | 'time';
  readonly title: string;
  /** Null where there is none. */
  readonly of: (row: Row) => number | null;
  readonly say: (value: number) => string;
  /** Whether layers' values add up to the network's. */
  readonly adds: boolean;
}

export const MEASURES: readonly Measure[] = [
  {
    name: 'sees',
    title: 'Receptive field',
    of: ({ sees }) => sees && Math.max(...sees),
    say: (side) => `${count(side)} × ${count(side)}`,
    adds: false,
  },
  { name: 'parameters', title: 'Parameters', of: (row) => row.parameters, say: count, adds: true },
  { name: 'weights', title: 'Weights, bytes', of: (row) => row.weights, say: count, adds: true },
  { name: 'macs', title: 'Multiply-adds', of: (row) => row.macs, say: count, adds: true },
  { name: 'bytes', title: 'Output, bytes', of: (row) => row.bytes, say: count, adds: true },
  { name: 'time', title: 'Time here', of: (row) => row.milliseconds, say: duration, adds: true },
];

export const total = ({ of }: Measure, rows: readonly Row[]): number =>
  rows.reduce((sum, row) => sum + (of(row) ?? 0), 0);
