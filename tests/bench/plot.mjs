// The sweep as a picture: time against work, both logarithmic, with the least time that the machine allows.
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** An SVG file's text. `peak` is in multiply-adds a second. */
export function plot(points, peak) {
  const { document } = parseHTML('<html><body></body></html>');
  const data = points.map(({ by, macs, milliseconds }) => ({ by, x: macs / 1e6, y: milliseconds }));
  const [least, most] = [Math.min(...data.map(({ x }) => x)), Math.max(...data.map(({ x }) => x))];
  const limit = peak ? [least, most].map((x) => ({ x, y: (x * 1e9) / peak.relaxed })) : [];
  const figure = Plot.plot({
    document, width: 720, height: 460, marginLeft: 60,
    style: { background: 'white', color: 'black', fontFamily: 'sans-serif' },
    x: { type: 'log', label: 'million multiply-adds', grid: true, tickFormat: '~g' },
    y: { type: 'log', label: 'milliseconds', grid: true, tickFormat: '~g' },
    color: { domain: ['channels', 'side', 'images'], range: ['#0072b2', '#d55e00', '#009e73'] },
    marks: [
      Plot.line(limit, { x: 'x', y: 'y', stroke: '#777', strokeDasharray: '4 3' }),
      Plot.text(limit.slice(-1), { x: 'x', y: 'y', text: () => 'the limit of direct convolution', textAnchor: 'end', dy: 40, fill: '#555' }),
      Plot.line(data, { x: 'x', y: 'y', stroke: 'by' }),
      Plot.dot(data, { x: 'x', y: 'y', fill: 'by', symbol: 'by', r: 3 }),
      Plot.text([...new Map(data.map((point) => [point.by, point]).reverse()).values()], { x: 'x', y: 'y', text: ({ by }) => `by ${by}`, fill: 'by', textAnchor: 'start', dx: 2, dy: -12 }),
    ],
  });
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${figure.outerHTML}\n`;
}
