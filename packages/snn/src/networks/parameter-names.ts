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
} as const;

const trained = /\/(weights|bias|gamma|logGamma|beta|decayLogit|levels|step)$/;

/** False for running statistics and for the constants of folded networks; `levels` and `step` are those of codebooks. */
export const isTrainable = (parameterName: string): boolean => trained.test(parameterName);
