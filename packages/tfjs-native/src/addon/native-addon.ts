/**
 * The functions of the C++ addon (cpp/binding). Tensors are dense float32, images NHWC, filters HWIO. Every output is
 * filled completely. A wrong length throws a TypeError that names the function and the argument.
 */
export type InstructionSetName = 'avx512' | 'avx2' | 'baseline';

export interface InstructionSet {
  readonly name: InstructionSetName;
  /** The addon holds kernels for it. */
  readonly compiled: boolean;
  /** This CPU can run them. */
  readonly supported: boolean;
}

export interface NativeAddon extends NativeKernels {
  readonly kernelRevision: number;
  /** Best first. */
  instructionSets(): InstructionSet[];
  /** What kernels run on. Holds for the whole process. */
  configure(isa: InstructionSetName, threads: number): void;
  /** dimensions: [size]. Gives whether every value was 0 or 1; the bits are as in SpikeData. */
  packSpikes(dimensions: Int32Array, x: Float32Array, bits: Uint8Array): boolean;

  /**
   * The kernels, which do not run at once but one after the other in a thread of the addon: the caller keeps all arrays,
   * and neither reads nor writes them, until `drain`. A call checks its arguments at once.
   */
  readonly deferred: NativeKernels;
  /** Waits until all deferred kernels have run. Throws what one of them threw. */
  drain(): void;
  /** Milliseconds in which deferred kernels ran, since the process started. */
  kernelMilliseconds(): number;
}

export interface NativeKernels {
  /**
   * dimensions: [batch, inputHeight, inputWidth, inputChannels, outputHeight, outputWidth, outputChannels,
   * filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft]
   */
  convolutionForward(
    dimensions: Int32Array,
    x: Float32Array,
    filter: Float32Array,
    bias: Float32Array | null,
    y: Float32Array,
  ): void;
  convolutionInputGradient(
    dimensions: Int32Array,
    dy: Float32Array,
    filter: Float32Array,
    dx: Float32Array,
  ): void;
  convolutionFilterGradient(
    dimensions: Int32Array,
    x: Float32Array,
    dy: Float32Array,
    dFilter: Float32Array,
  ): void;

  /** dimensions: [batch, rows, columns, depth, transposeA, transposeB, repeatA, repeatB] */
  matrixProduct(
    dimensions: Int32Array,
    a: Float32Array,
    b: Float32Array,
    bias: Float32Array | null,
    c: Float32Array,
  ): void;

  /**
   * dimensions: [batch, inputHeight, inputWidth, channels, outputHeight, outputWidth, filterHeight, filterWidth,
   * strideHeight, strideWidth, padTop, padLeft]
   */
  maxPoolForward(dimensions: Int32Array, x: Float32Array, y: Float32Array): void;
  maxPoolGradient(dimensions: Int32Array, x: Float32Array, dy: Float32Array, dx: Float32Array): void;
  /** dimensions as of a max pool; no window may reach into padding. */
  averagePoolForward(dimensions: Int32Array, x: Float32Array, y: Float32Array): void;
  averagePoolGradient(dimensions: Int32Array, dy: Float32Array, dx: Float32Array): void;

  /**
   * dimensions: [timeSteps, neurons per step, channels, repeat, neuron (0 IF, 1 LIF, 2 LIF with decayInput),
   * hard reset, strictly greater, resetDelay]
   */
  neuronForward(
    dimensions: Int32Array,
    x: Float32Array,
    decay: Float32Array,
    threshold: Float32Array,
    reset: Float32Array,
    spikes: Float32Array,
    charged: Float32Array,
  ): void;
  /** surrogate: index in `surrogateNames`; x is read only by a delayed hard reset that is not detached. */
  neuronBackward(
    dimensions: Int32Array,
    surrogate: number,
    surrogateParameter: number,
    detachReset: number,
    dy: Float32Array,
    charged: Float32Array,
    x: Float32Array | null,
    decay: Float32Array,
    threshold: Float32Array,
    reset: Float32Array,
    dx: Float32Array,
    dDecay: Float32Array,
  ): void;

  /** dimensions: [rows, channels] in these four */
  batchNormTrain(
    dimensions: Int32Array,
    epsilon: number,
    x: Float32Array,
    gamma: Float32Array,
    beta: Float32Array,
    y: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
  ): void;
  batchNormTrainGradient(
    dimensions: Int32Array,
    epsilon: number,
    dy: Float32Array,
    x: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
    gamma: Float32Array,
    dx: Float32Array,
    dGamma: Float32Array,
    dBeta: Float32Array,
  ): void;
  channelAffine(
    dimensions: Int32Array,
    x: Float32Array,
    scale: Float32Array,
    shift: Float32Array,
    y: Float32Array,
  ): void;
  channelAffineGradient(
    dimensions: Int32Array,
    dy: Float32Array,
    x: Float32Array,
    scale: Float32Array,
    dx: Float32Array,
    dScale: Float32Array,
    dShift: Float32Array,
  ): void;

  /** The same two with operands rounded to bfloat16 and sums in float32. */
  convolutionInputGradientBfloat16(
    dimensions: Int32Array,
    dy: Float32Array,
    filter: Float32Array,
    dx: Float32Array,
  ): void;
  matrixProductBfloat16(dimensions: Int32Array, a: Float32Array, b: Float32Array, c: Float32Array): void;

  /** dimensions: [outer, reduced, inner] */
  axisSum(dimensions: Int32Array, x: Float32Array, sums: Float32Array): void;

  /** dimensions: [size] */
  adamStep(
    dimensions: Int32Array,
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
    step: number,
    parameter: Float32Array,
    firstMoment: Float32Array,
    secondMoment: Float32Array,
    gradient: Float32Array,
    newParameter: Float32Array,
    newFirstMoment: Float32Array,
    newSecondMoment: Float32Array,
  ): void;

  /** dimensions: [outer, inner, b is [inner] and repeated, swapped (b ∘ a), operation (0 +, 1 −, 2 ·, 3 /)] */
  binaryElementwise(dimensions: Int32Array, a: Float32Array, b: Float32Array, c: Float32Array): void;

  /** dimensions: [runs, length, repeats]: every run of `length` values of x, `repeats` times in a row. */
  repeatRuns(dimensions: Int32Array, x: Float32Array, y: Float32Array): void;

  /**
   * Normalisation, neurons and max pool in one pass. `count`: the number of spikes before the pool.
   *
   * dimensions: [timeSteps, batch, height, width, channels, poolSize (1: none), normalization (0 none, 1 scale and
   * shift, 2 batch norm with the statistics of the batch), repeat, neuron, hard reset, strictly greater, resetDelay]
   *
   * `first` and `second` are scale and shift, or γ and β, or null; `bits` as in SpikeData. `mean` and `variance` are
   * outputs, and null but for batch norm.
   */
  spikeBlockForward(
    dimensions: Int32Array,
    epsilon: number,
    x: Float32Array,
    decay: Float32Array,
    threshold: Float32Array,
    reset: Float32Array,
    first: Float32Array | null,
    second: Float32Array | null,
    bits: Uint8Array,
    mean: Float32Array | null,
    variance: Float32Array | null,
    count: Int32Array,
  ): void;
  /** dDecay is 0 unless `decayGradient`; nulls as above. */
  spikeBlockBackward(
    dimensions: Int32Array,
    epsilon: number,
    surrogate: number,
    surrogateParameter: number,
    detachReset: number,
    decayGradient: number,
    dy: Float32Array,
    x: Float32Array,
    decay: Float32Array,
    threshold: Float32Array,
    reset: Float32Array,
    first: Float32Array | null,
    second: Float32Array | null,
    mean: Float32Array | null,
    variance: Float32Array | null,
    dx: Float32Array,
    dDecay: Float32Array,
    dFirst: Float32Array | null,
    dSecond: Float32Array | null,
  ): void;

  /** dimensions: [size]; the bits are as in SpikeData. */
  unpackSpikes(dimensions: Int32Array, bits: Uint8Array, x: Float32Array): void;

  /** As the kernels of the same name without `spike`, for x kept as bits. */
  spikeConvolutionForward(
    dimensions: Int32Array,
    bits: Uint8Array,
    filter: Float32Array,
    bias: Float32Array | null,
    y: Float32Array,
  ): void;
  /** For a filter of integers of at most ±128 times `steps`: one, or one per output channel. */
  spikeConvolutionForwardGrid(
    dimensions: Int32Array,
    bits: Uint8Array,
    filter: Float32Array,
    steps: Float32Array,
    bias: Float32Array | null,
    y: Float32Array,
  ): void;
  spikeConvolutionFilterGradient(
    dimensions: Int32Array,
    bits: Uint8Array,
    dy: Float32Array,
    dFilter: Float32Array,
  ): void;

  /** dimensions: [rows, classes]; loss is a single float: scale · Σ over the rows. */
  crossEntropy(
    dimensions: Int32Array,
    scale: number,
    logits: Float32Array,
    labels: Int32Array,
    loss: Float32Array,
    dLogits: Float32Array,
  ): void;
  /** dimensions: [size] */
  sgdStep(
    dimensions: Int32Array,
    learningRate: number,
    momentum: number,
    weightDecay: number,
    parameter: Float32Array,
    velocity: Float32Array,
    gradient: Float32Array,
    newParameter: Float32Array,
    newVelocity: Float32Array,
  ): void;

  /**
   * dimensions: [size, groups, levels] of weights [size / groups, groups], one codebook per column, or of one for all.
   * Tables are by rank, then group: levels [levels, groups], and midpoints [levels − 1, groups] between neighbours. A
   * weight belongs to the rank that so many midpoints are below it, or to the one it is assigned.
   */
  codebookForward(
    dimensions: Int32Array,
    weights: Float32Array,
    assignments: Uint8Array | null,
    midpoints: Float32Array,
    levels: Float32Array,
    y: Float32Array,
  ): void;
  /** lowest and highest [groups]: where dWeights is dy, if not assigned; sums and counts [groups, levels]. */
  codebookGradient(
    dimensions: Int32Array,
    dy: Float32Array,
    weights: Float32Array,
    assignments: Uint8Array | null,
    midpoints: Float32Array,
    lowest: Float32Array,
    highest: Float32Array,
    dWeights: Float32Array,
    sums: Float32Array,
    counts: Float32Array,
  ): void;
}
