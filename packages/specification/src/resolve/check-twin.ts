import type { Network, ResolvedSpec } from '@spikefit/contracts';
import { pruningTechniques } from '../catalogues/techniques.ts';
import type { Problems } from './problems.ts';

/** Adds a problem for every setting of pruning that means nothing for an ANN twin. */
export function checkTwin(
  network: Network,
  { technique, budget }: ResolvedSpec['pruning'],
  problems: Problems,
): void {
  const isTwin = network.layers.some((layer) => layer.kind === 'neuron' && layer.neuron === 'relu');
  if (!isTwin || technique === 'none') return;
  const invalid = (field: string, detail: string) =>
    problems.add('spec.activation-invalid', `/method/pruning/${field}`, detail);
  if (pruningTechniques.find(({ id }) => id === technique)?.needsSpikes === true) {
    const able = pruningTechniques.filter(({ id, needsSpikes }) => id !== 'none' && needsSpikes !== true);
    invalid(
      'technique',
      `"${technique}" ranks by spikes, which a network of quantized-relu has none of; these do not: ${able.map(({ id }) => id).join(', ')}`,
    );
  }
  if (budget.kind === 'fit') {
    invalid(
      'budget/kind',
      '`fit` is for networks that spike, as the targets do; of quantized-relu name a number of neurons, synapses or bits',
    );
  }
}
