import { type Static, Type } from 'typebox';

/** Height, width, channels. A flat vector of n values is [1, 1, n]. */
export const Shape3 = Type.Tuple([Type.Integer(), Type.Integer(), Type.Integer()]);
export type Shape3 = [height: number, width: number, channels: number];

export const surrogateNames = ['atan', 'sigmoid', 'fastSigmoid', 'triangle', 'rectangle'] as const;
export type SurrogateName = (typeof surrogateNames)[number];

export const NeuronSettings = Type.Object(
  {
    tau: Type.Number({ description: 'Membrane time constant in steps; not used by IF.' }),
    threshold: Type.Number(),
    reset: Type.Enum(['hard', 'soft']),
    resetValue: Type.Number(),
    resetDelay: Type.Boolean(),
    decayInput: Type.Boolean(),
    comparison: Type.Enum(['ge', 'gt']),
    detachReset: Type.Boolean(),
    surrogate: Type.Object({ name: Type.Enum([...surrogateNames]), parameter: Type.Number() }),
  },
  { additionalProperties: false },
);
export type NeuronSettings = Static<typeof NeuronSettings>;

const base = { id: Type.String(), inputShape: Shape3, outputShape: Shape3 };

/**
 * Layers of a resolved network, in order. Ids are `<token position>.<kind>`: `0.conv`, `1.bn`, `2.lif`, `3.mp`,
 * `4.fc`; pruning does not change them. `useBias` is false where a batch norm follows.
 */
export const Layer = Type.Union([
  Type.Object({
    ...base,
    kind: Type.Literal('conv'),
    kernel: Type.Integer(),
    stride: Type.Integer(),
    filters: Type.Integer(),
    useBias: Type.Boolean(),
  }),
  Type.Object({ ...base, kind: Type.Literal('batchNorm') }),
  Type.Object({ ...base, kind: Type.Literal('neuron'), neuron: Type.Enum(['if', 'lif', 'plif']) }),
  Type.Object({
    ...base,
    kind: Type.Literal('neuron'),
    neuron: Type.Literal('relu'),
    levels: Type.Integer({
      minimum: 2,
      description: 'Values of its output, evenly from 0 to 1: 1 more than the time steps that it stands for.',
    }),
  }),
  Type.Object({ ...base, kind: Type.Literal('maxPool'), size: Type.Integer() }),
  Type.Object({ ...base, kind: Type.Literal('averagePool'), size: Type.Integer() }),
  Type.Object({ ...base, kind: Type.Literal('dense'), units: Type.Integer(), useBias: Type.Boolean() }),
  Type.Object({ ...base, kind: Type.Literal('dropout'), rate: Type.Number() }),
]);

interface LayerBase {
  id: string;
  inputShape: Shape3;
  outputShape: Shape3;
}
/** Same padding; weights [kernel, kernel, inChannels, filters] (HWIO). */
export interface ConvLayer extends LayerBase {
  kind: 'conv';
  kernel: number;
  stride: number;
  filters: number;
  useBias: boolean;
}
export interface BatchNormLayer extends LayerBase {
  kind: 'batchNorm';
}
export interface SpikingLayer extends LayerBase {
  kind: 'neuron';
  neuron: 'if' | 'lif' | 'plif';
}
/** The ANN twin of a neuron: a clipped ReLU of few values, which knows no time. */
export interface ReluLayer extends LayerBase {
  kind: 'neuron';
  neuron: 'relu';
  levels: number;
}
export type NeuronLayer = SpikingLayer | ReluLayer;
export interface MaxPoolLayer extends LayerBase {
  kind: 'maxPool';
  size: number;
}
export interface AveragePoolLayer extends LayerBase {
  kind: 'averagePool';
  size: number;
}
/** Flattens its input in (height, width, channel) order; weights [inputs, units]. */
export interface DenseLayer extends LayerBase {
  kind: 'dense';
  units: number;
  useBias: boolean;
}
export interface DropoutLayer extends LayerBase {
  kind: 'dropout';
  rate: number;
}
export type Layer =
  | ConvLayer
  | BatchNormLayer
  | NeuronLayer
  | MaxPoolLayer
  | AveragePoolLayer
  | DenseLayer
  | DropoutLayer;
export type WeightLayer = ConvLayer | DenseLayer;
/** Whether the potential decays, at a rate of the layer's own. */
export const isLeaky = ({ neuron }: NeuronLayer): boolean => neuron === 'lif' || neuron === 'plif';
export const isWeightLayer = (layer: Layer): layer is WeightLayer =>
  layer.kind === 'conv' || layer.kind === 'dense';

/**
 * What the first layer reads. `direct`: the image, the same at every step. `rate`: spikes drawn at the rate of the pixels.
 * `event`: the recorded events of each step's share of the time, as binary frames.
 */
export const encoders = ['direct', 'rate', 'event'] as const;
export type Encoder = (typeof encoders)[number];

/**
 * What stands where the architecture has a neuron. `spikes`: that neuron. `quantized-relu`: its ANN twin, a clipped ReLU with the
 * T + 1 values that the spikes of T steps can count, in one pass.
 */
export const activations = ['spikes', 'quantized-relu'] as const;
export type Activation = (typeof activations)[number];

export const Network = Type.Object({
  architecture: Type.String(),
  inputShape: Shape3,
  timeSteps: Type.Integer(),
  encoder: Type.Enum([...encoders]),
  classes: Type.Integer(),
  neuron: NeuronSettings,
  layers: Type.Array(Layer),
});
export interface Network {
  architecture: string;
  inputShape: Shape3;
  timeSteps: number;
  encoder: Encoder;
  classes: number;
  neuron: NeuronSettings;
  layers: Layer[];
}
