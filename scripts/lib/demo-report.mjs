// The report of a job for people: tables and small bars.
import { bar, compact, count, percent, table } from './terminal.mjs';

/** @typedef {import('@spikefit/contracts').Report} Report */

/** @param {Report} report @returns {string} */
export function renderReport(report) {
  return [
    overview(report),
    layers(report),
    spikeRates(report),
    energy(report),
    fit(report),
    report.notes.map((note) => `  note: ${note}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** @param {Report} report */
function overview({ baseline, compressed, delta, quantization, verification, artifact }) {
  const accuracy = (/** @type {typeof baseline.accuracy} */ { value, interval }) =>
    `${percent(value, 2)} [${(100 * interval.low).toFixed(2)}, ${(100 * interval.high).toFixed(2)}]`;
  const removed = (/** @type {number} */ share) => `−${percent(share)}`;
  const operations = (
    /** @type {typeof baseline} */ { synapticOperations: { accumulates, multiplyAccumulates } },
  ) => accumulates + multiplyAccumulates;
  const points = `${delta.accuracyPoints >= 0 ? '+' : '−'}${Math.abs(delta.accuracyPoints).toFixed(2)} points`;
  const rows = [
    ['test accuracy, 95 % interval', accuracy(baseline.accuracy), accuracy(compressed.accuracy), points],
    ['neurons', count(baseline.neurons), count(compressed.neurons), removed(delta.neuronsRemoved)],
    [
      'synapses',
      count(baseline.synapses.nonzero),
      count(compressed.synapses.nonzero),
      removed(delta.synapsesRemoved),
    ],
    ['weights', count(baseline.weights.nonzero), count(compressed.weights.nonzero), ''],
    [
      'size',
      `${count(baseline.size.bits / 8)} bytes`,
      `${count(compressed.size.bits / 8)} bytes`,
      removed(delta.sizeRemoved),
    ],
    [
      'synaptic operations per image',
      compact(operations(baseline)).trimEnd(),
      compact(operations(compressed)).trimEnd(),
      removed(delta.synapticOperationsRemoved),
    ],
    ['spike rate', baseline.spikeRate.toFixed(3), compressed.spikeRate.toFixed(3), ''],
  ];
  return [
    table([`on ${count(baseline.accuracy.n)} test images`, 'dense', 'compressed', 'change'], rows),
    '',
    `  ${quantization.distinctValuesPerGroup} distinct weight values per ${quantization.group} (${quantization.technique}), ${quantization.bits} bits each`,
    `  the accuracy is that of the artifact (${count(artifact.bytes)} bytes, ${artifact.format}), read back: ${verification.note}`,
  ].join('\n');
}

/** @param {Report} report */
function layers({ layers }) {
  const rows = layers
    .filter((layer) => layer.synapses.before > 0)
    .map((layer) => [
      layer.id,
      `${layer.channels.before} → ${layer.channels.after}`,
      count(layer.synapses.before),
      count(layer.synapses.after.nonzero),
      bar(layer.synapses.after.nonzero / layer.synapses.before, 20),
      String(layer.distinctValues ?? ''),
    ]);
  return table(['layer', 'channels', 'synapses', 'kept', 'share kept'.padEnd(20), 'values'], rows);
}

/** @param {Report} report */
function spikeRates({ layers }) {
  const rated = layers.filter((layer) => layer.spikeRate.before !== null || layer.spikeRate.after !== null);
  if (rated.length === 0) return '';
  const highest = Math.max(
    1e-9,
    ...rated.flatMap(({ spikeRate: { before, after } }) => [before ?? 0, after ?? 0]),
  );
  const cell = (/** @type {number | null} */ rate) =>
    rate === null ? '–'.padEnd(26) : `${rate.toFixed(3)} ${bar(rate / highest, 20)}`;
  return table(
    ['spikes per neuron and step', 'dense'.padEnd(26), 'compressed'.padEnd(26)],
    rated.map((layer) => [layer.id, cell(layer.spikeRate.before), cell(layer.spikeRate.after)]),
  );
}

/** @param {Report} report */
function energy({ energy }) {
  const joule = (/** @type {number | null} */ value) => (value === null ? '–' : `${compact(value)}J`);
  return [
    table(
      ['energy per image (estimate)', 'dense', 'compressed'],
      energy.map((figure) => [figure.model, joule(figure.baseline), joule(figure.compressed)]),
    ),
    ...energy.map((figure) => `  ${figure.model}: ${figure.source}`),
  ].join('\n');
}

/** @param {Report} report */
function fit({ fit }) {
  const words = { fits: 'fits', 'does-not-fit': 'does not fit', 'cannot-tell': 'cannot tell' };
  const figure = (/** @type {number | null} */ value) => (value === null ? '–' : count(value));
  return [
    `  ${fit.target.id}: ${words[fit.verdict]}`,
    table(
      ['limit', 'required', 'available', 'verdict'],
      fit.limits.map((limit) => [
        limit.name,
        figure(limit.required),
        limit.kind === 'none' ? 'no limit' : figure(limit.available),
        words[limit.verdict],
      ]),
    ),
  ].join('\n');
}
