/**
 * Names of a network's parameters, by layer id. Weights are [height, width, in, out] (conv) or [in, out] (dense),
 * everything else [C], the decay [1].
 */
export const parameterNames = {
  weights: (layerId: string) => `${layerId}/weights`,
  bias: (layerId: string) => `${layerId}/bias`,
  gamma: (layerId: string) => `${layerId}/gamma`,
  /** In place of γ while it must stay positive: γ = exp(logGamma). `forward` reads γ alone. */
  logGamma: (layerId: string) => `${layerId}/logGamma`,
  beta: (layerId: string) => `${layerId}/beta`,
  /** Running statistics of a batch norm: not trained by gradient. */
  mean: (layerId: string) => `${layerId}/mean`,
  variance: (layerId: string) => `${layerId}/variance`,
  /** PLIF: decay = σ(decayLogit). */
  decayLogit: (layerId: string) => `${layerId}/decayLogit`,
  /** Of folded networks, instead of the settings' values for all channels. */
  threshold: (layerId: string) => `${layerId}/threshold`,
  reset: (layerId: string) => `${layerId}/reset`,
  decay: (layerId: string) => `${layerId}/decay`,
  /** [H, W, C] of a neuron layer, 0 where pruning has removed the neuron: it never spikes. Without it all are there. */
  present: (layerId: string) => `${layerId}/present`,
} as const;

/** Whether a parameter says which neurons are present. */
export const isPresence = (parameterName: string): boolean => parameterName.endsWith('/present');

const trained = /\/(weights|bias|gamma|logGamma|beta|decayLogit|levels|step)$/;

/** False for running statistics, masks and the constants of folded networks; `levels` and `step` are those of codebooks. */
export const isTrainable = (parameterName: string): boolean => trained.test(parameterName);
