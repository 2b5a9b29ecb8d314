import { type NeuronBackwardAttributes, type SurrogateName, surrogateNames } from '@spikefit/contracts';

export const surrogateParameters: Readonly<Record<SurrogateName, number>> = {
  atan: 2,
  sigmoid: 4,
  fastSigmoid: 5,
  triangle: 1.25,
  rectangle: 1.5,
};

/** Every kind of neuron: 2 models × decayInput × reset × delay × comparison × detach, 48 in all. */
export const neuronKinds = (['if', 'lif'] as const).flatMap((neuron) =>
  (neuron === 'if' ? [false] : [false, true]).flatMap((decayInput) =>
    (['hard', 'soft'] as const).flatMap((resetMode) =>
      [false, true].flatMap((resetDelay) =>
        (['ge', 'gt'] as const).flatMap((comparison) =>
          [false, true].map((detachReset) => ({
            neuron,
            decayInput,
            resetMode,
            resetDelay,
            comparison,
            detachReset,
          })),
        ),
      ),
    ),
  ),
);

export type NeuronCase = { name: string; attributes: NeuronBackwardAttributes };

const describeKind = (a: NeuronBackwardAttributes) =>
  [
    a.neuron,
    a.decayInput ? 'input decayed' : null,
    `${a.resetMode} reset`,
    a.resetDelay ? 'one step late' : null,
    a.detachReset ? 'detached' : null,
    a.comparison,
    a.repeat ? 'repeated input' : null,
    a.surrogate,
  ]
    .filter((part) => part !== null)
    .join(', ');

/** All kinds with all surrogates, with time in the input and without: 480 cases. */
export const neuronCases = (timeSteps: number): NeuronCase[] =>
  neuronKinds.flatMap((kind) =>
    surrogateNames.flatMap((surrogate) =>
      [false, true].map((repeat) => {
        const surrogateParameter = surrogateParameters[surrogate];
        const attributes = { ...kind, timeSteps, repeat, surrogate, surrogateParameter };
        return { name: describeKind(attributes), attributes };
      }),
    ),
  );
