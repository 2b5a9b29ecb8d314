/** The largest network that the service accepts; a larger one is refused with `spec.network-too-large`. */
export const maximumTokens = 64;
export const maximumWeights = 64_000_000;
export const maximumNeurons = 4_000_000;
/** Unrolled connections, which is also the multiply-accumulates of one time step. */
export const maximumSynapses = 10_000_000_000;
