/**
 * Quantised weights as integers: the weight with flat index i is exactly `scale · codes[i]` in float32, where scale is
 * `scales[0]`, or `scales[i % channels]` when there is one per output channel (the last axis).
 */
export interface WeightCodes {
  readonly codes: Int8Array;
  /** Length 1, or the number of output channels. */
  readonly scales: Float32Array;
}
