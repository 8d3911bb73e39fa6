/** The measures of a layer's cost. */
import { count, duration } from '../ui/numbers';
import type { Row } from './rows';

export interface Measure {
  readonly name: 'parameters' | 'weights' | 'macs' | 'bytes' | 'sees' | 'time';
  readonly title: string;
  /** Null where a layer has no such value. */
  readonly get: (row: Row) => number | null;
  readonly text: (value: number) => string;
  /** Whether the layers' values add up to the network's. */
  readonly isAdditive: boolean;
}

export const MEASURES: readonly Measure[] = [
  {
    name: 'sees',
    title: 'Receptive field, px',
    get: ({ sees }) => sees && Math.max(...sees),
    text: (side) => `${count(side)} × ${count(side)}`,
    isAdditive: false,
  },
  {
    name: 'parameters',
    title: 'Parameters',
    get: (row) => row.parameters,
    text: count,
    isAdditive: true,
  },
  { name: 'weights', title: 'Weights, bytes', get: (row) => row.weights, text: count, isAdditive: true },
  { name: 'macs', title: 'Multiply-adds', get: (row) => row.macs, text: count, isAdditive: true },
  { name: 'bytes', title: 'Output, bytes', get: (row) => row.bytes, text: count, isAdditive: true },
  {
    name: 'time',
    title: 'Time here',
    get: (row) => row.milliseconds,
    text: duration,
    isAdditive: true,
  },
];

export const total = ({ get }: Measure, rows: readonly Row[]): number =>
  rows.reduce((sum, row) => sum + (get(row) ?? 0), 0);
