// The results as Markdown.
import { engines } from './engines.mjs';

const number = (value) => (value === undefined ? '' : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3));
const ratio = (value) => (value === undefined ? '' : `${value.toFixed(value >= 10 ? 0 : 2)}×`);
const row = (cells) => `| ${cells.join(' | ')} |`;
const heading = (cells) => [row(cells), `|---|${cells.slice(1).map(() => '--:|').join('')}`];

const ours = 'convscope+relaxed';
const plain = 'convscope+simd128';
const peers = engines.filter((one) => !one.ours).map(({ engine }) => engine);
const labels = Object.fromEntries(engines.map(({ engine, label }) => [engine, label]));

/** The fastest peer of a row, by its median. */
export function fastest(measured) {
  return peers.filter((engine) => measured[engine]).sort((a, b) => measured[a].median - measured[b].median)[0];
}

/** How many times faster an engine is than the fastest peer. */
export function times(measured, engine) {
  const peer = fastest(measured);
  return peer && measured[engine] ? measured[peer].median / measured[engine].median : undefined;
}

/** Every network: our two variants and every peer, how many times faster, and how near the machine's limit. */
function speed({ networks, inference, peak }) {
  const shown = engines.filter(({ engine, runs }) => runs && Object.values(inference).some((measured) => measured[engine]));
  const best = (measured) => shown.map(({ engine }) => engine).filter((engine) => measured[engine]).sort((a, b) => measured[a].median - measured[b].median)[0];
  const cell = (measured, engine) => (engine === best(measured) && measured[engine] ? `**${number(measured[engine].median)}**` : number(measured[engine]?.median));
  const share = (measured, engine, kind, macs) => (measured[engine] && peak ? `${((100 * macs) / (measured[engine].median / 1e3) / peak[kind]).toFixed(0)} %` : '');
  return [
    ...heading(['network', 'MMAC', ...shown.map(({ label }) => label), 'relaxed', 'of its limit', 'simd128', 'of its limit']),
    ...Object.entries(inference).map(([name, measured]) => row([
      name, number(networks[name].macs / 1e6), ...shown.map(({ engine }) => cell(measured, engine)),
      ratio(times(measured, ours)), share(measured, ours, 'relaxed', networks[name].macs),
      ratio(times(measured, plain)), share(measured, plain, 'simd128', networks[name].macs),
    ])),
  ];
}

function start({ cold }) {
  return [
    ...heading(['engine', 'download, KiB (brotli)', 'first answer, ms']),
    ...Object.entries(cold).map(([engine, { bytes, median }]) => row([labels[engine], (bytes / 1024).toFixed(0), median.toFixed(0)])),
  ];
}

function learning({ training }) {
  const shown = engines.filter(({ learns }) => learns);
  return [
    ...heading(['network', ...shown.map(({ label }) => label), 'relaxed', 'simd128']),
    ...Object.entries(training).map(([name, measured]) =>
      row([name, ...shown.map(({ engine }) => number(measured[engine]?.median)), ratio(times(measured, ours)), ratio(times(measured, plain))])),
  ];
}

/** What the README shows. */
export function summary(result) {
  const { machine, browser, date, rounds, peak } = result;
  const limits = peak ? ` Limits of one thread there: ${(2 * peak.simd128 / 1e9).toFixed(0)} GFLOP/s multiplying, then adding; ${(2 * peak.relaxed / 1e9).toFixed(0)} with relaxed multiply-adds.` : '';
  return [
    `Medians in milliseconds, one image unless \`x64\`; one thread, CPU: threads and WebGPU are not compared. ${browser} on ${machine}, ${date}; all engines`,
    `in one page, by turns, ${rounds} rounds, every output within 1e-5 of a reference in double precision before it is timed.${limits}`,
    '"relaxed" and "simd128" are our variants: how many times faster each is than the fastest of the others. Ours answer into an array',
    'that is used again (`runInto`), the others into one of their own making. "Of its limit" counts multiply-adds as direct',
    'convolution needs them; Winograd\'s scheme needs fewer, hence more than 100 %.',
    '',
    ...speed(result),
    ...(result.training ? ['', 'Milliseconds of a step of training, 32 images: forward, loss, backward, update (SGD with momentum). All begin with the same weights and',
      'lose the same in their first steps, but for ConvNetJS, which has weights of its own and pools by the greatest instead of the mean. `block`: a',
      'residual block of 16 channels at 14×14. TensorFlow.js trains in plain JavaScript here: its wasm backend has no gradients of convolutions.', '', ...learning(result)] : []),
    ...(result.cold ? ['', 'From navigation to the first answer of `lenet5` on localhost, nothing cached, and what that downloads (weights not counted). Ours is the core',
      'engine, which reads digits; the others read any network, for which ours loads its full engine too, some four times as much.', '', ...start(result)] : []),
  ].join('\n');
}

/** What only RESULTS.md shows. */
export function details({ steadiness, sweep, inference }) {
  const parts = [];
  if (steadiness) {
    const slower = (ratio) => `${(100 * (ratio - 1)).toFixed(0)} %`;
    parts.push('## Steadiness', '', 'How much slower our variants run a network that is opened after all the others were opened and freed, and one with',
      'denormal numbers in every third place of its input or of its weights; the median of the rounds. Two frames that do the same differ by a few per cent.', '');
    for (const [engine, rows] of Object.entries(steadiness)) {
      parts.push(...heading([labels[engine], 'ms', 'opened again', 'denormal input', 'denormal weights']),
        ...Object.entries(rows).map(([name, { milliseconds, ...ratios }]) => row([name, number(milliseconds), ...Object.values(ratios).map(slower)])), '');
    }
  }
  if (inference) {
    const batches = Object.keys(inference).filter((name) => name.endsWith('-x64') && inference[name.replace('-x64', '')]?.[ours] && inference[name][ours]);
    if (batches.length > 0) {
      parts.push('## Batches', '', 'Milliseconds an image, our relaxed variant.', '', ...heading(['network', 'alone', 'one of 64']),
        ...batches.map((name) => row([name.replace('-x64', ''), number(inference[name.replace('-x64', '')][ours].median), number(inference[name][ours].median / 64)])), '');
    }
  }
  if (sweep) parts.push('## Cost grows with work', '', '![Time against multiply-adds: single 3×3 convolutions of growing channels, sides and batches](sweep.svg)', '');
  return parts.join('\n').trimEnd();
}
