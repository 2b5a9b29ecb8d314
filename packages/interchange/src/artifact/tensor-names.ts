/** Names of an artifact's tensors, by layer id. `network` groups share one codebook under the id `network`. */
export const tensorNames = {
  /** U8: packed indices of the weights that are left, in the order output unit, kernel row, kernel column, input. */
  indices: (id: string) => `${id}.indices`,
  /** I8 [groups, M]: ascending codes. */
  codebook: (id: string) => `${id}.codebook`,
  /** F32 [groups]: value = float32(delta · code). */
  delta: (id: string) => `${id}.delta`,
  /** F32 in the order of the weight tensor, or [kept] in the order of the indices: a layer without codebook. */
  weights: (id: string) => `${id}.weights`,
  /** U8: bit i is 1 where unit i of the dense layer is left. */
  mask: (id: string) => `${id}.mask`,
  /** U8: which synapses there are, in the order of the indices and the encoding that the manifest names. */
  synapses: (id: string) => `${id}.synapses`,
  /** U8: which neurons of a neuron layer there are, by channel, row and column, in the encoding that the manifest names. */
  neurons: (id: string) => `${id}.neurons`,
  /** F16 [units] times its scale. */
  bias: (id: string) => `${id}.bias`,
  /** F16 [1] or [channels] times its scale. */
  threshold: (id: string) => `${id}.threshold`,
  /** As the threshold: reset potential. */
  reset: (id: string) => `${id}.reset`,
  /** F32 [1]: 1/τ of a LIF or PLIF. */
  decay: (id: string) => `${id}.decay`,
  /** F32 [1]: the power of two that an F16 tensor is multiplied by. */
  scale: (name: string) => `${name}.scale`,
} as const;

export const sharedCodebookId = 'network';
