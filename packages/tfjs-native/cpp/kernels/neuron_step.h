// One time step of a neuron, forwards and backwards, for a vector of neurons. Formulas and symbols:
// neuron_forward.cpp and neuron_backward.cpp.
#pragma once

#include "../simd/vector.h"
#include "shapes.h"
#include "surrogate.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

template <Neuron kNeuron>
SPIKEFIT_INLINE Vector charge(Vector v, Vector x, Vector decay, Vector reset) {
  if (kNeuron == Neuron::kIntegrateAndFire) return v + x;
  if (kNeuron == Neuron::kLeaky) return (v - (v - reset) * decay) + x;
  return v + (x - (v - reset)) * decay;
}

// The number that h must exceed to fire: θ, or without `strictly` the float before it, where h ≥ θ is h > limit. One
// comparison for both, and no choice at every step.
SPIKEFIT_INLINE Vector firingLimit(bool strictly, Vector threshold) {
  if (strictly) return threshold;
  const Vector zero = splat(0.0f);
  const Mask bits = (Mask)threshold;
  const Vector before = (Vector)(bits + ((threshold > zero) | 1));
  const Vector belowZero = zero - splat(__FLT_DENORM_MIN__);
  return select(threshold == zero, belowZero, select(threshold == splat(-__builtin_inff()), threshold, before));
}

SPIKEFIT_INLINE Mask firedAt(Vector h, Vector limit) { return h > limit; }

// The membrane and the spike that one step leaves to the next.
struct Membrane {
  Vector v;
  Mask fired;
};

// Charges, fires and resets; gives h, the membrane that the spike was read from.
template <Neuron kNeuron, bool kHard, bool kDelay>
SPIKEFIT_INLINE Vector stepForward(Membrane& state, Vector x, Vector decay, Vector threshold, Vector reset,
                                   Vector limit) {
  Vector h = charge<kNeuron>(state.v, x, decay, reset);
  if (kDelay) h = kHard ? select(state.fired, reset, h) : select(state.fired, h - threshold, h);
  state.fired = firedAt(h, limit);
  if (kDelay) state.v = h;
  else state.v = kHard ? select(state.fired, reset, h) : select(state.fired, h - threshold, h);
  return h;
}

// What holds for all steps of a vector of neurons.
struct BackwardConstants {
  bool detachReset;
  Vector threshold, limit, reset;  // θ, firingLimit, r
  Vector decay, byMembrane, byInput;  // d, ∂c/∂v, ∂c/∂x

  template <Neuron kNeuron>
  static BackwardConstants of(bool detachReset, float decay, Vector threshold, Vector limit, Vector reset) {
    return {detachReset,
            threshold,
            limit,
            reset,
            splat(decay),
            splat(kNeuron == Neuron::kIntegrateAndFire ? 1.0f : 1.0f - decay),
            splat(kNeuron == Neuron::kLeakyDecayInput ? decay : 1.0f)};
  }
};

// What a step sends to the one before it: gradients by its membrane and, with resetDelay, by its spike.
struct BackwardState {
  Vector fromMembrane, fromSpike;
};

// The membranes after charging of this step and of the one before it; r and no spike before the first.
struct StepMembranes {
  Vector h, previousH;
  Mask previousFired;
};

struct StepGradient {
  Vector byInput;
  Vector byDecay;  // without the factor 1/d of decayInput
};

// dy is the gradient by this step's spike, slope σ'(h − θ). `input` gives x and is called only where a delayed hard
// reset that is not detached has cleared the charge, and only if `hasInput`.
template <Neuron kNeuron, bool kHard, bool kDelay, typename Input>
SPIKEFIT_INLINE StepGradient stepBackward(BackwardState& state, const BackwardConstants& constants,
                                          const StepMembranes& membranes, Vector slope, Vector dy,
                                          bool hasInput, const Input& input) {
  const Vector zero = splat(0.0f), threshold = constants.threshold, reset = constants.reset;
  const Vector h = membranes.h, previousH = membranes.previousH;
  const Mask previousFired = membranes.previousFired;
  const bool detach = constants.detachReset;
  Vector byCharge, membrane, charged;
  if (kDelay) {
    const Vector byH = (dy + state.fromSpike) * slope + state.fromMembrane;
    byCharge = kHard ? select(previousFired, zero, byH) : byH;
    membrane = previousH;
    charged = kHard ? h : select(previousFired, h + threshold, h);
    if (!detach) {
      if (kHard && hasInput) {
        const Vector leak =
            kNeuron == Neuron::kIntegrateAndFire ? zero : (membrane - reset) * constants.decay;
        charged = (membrane - leak) + input() * constants.byInput;
      }
      state.fromSpike = byH * (kHard ? reset - charged : zero - threshold);
    }
  } else {
    Vector bySpike = dy;
    if (!detach) bySpike += state.fromMembrane * (kHard ? reset - h : zero - threshold);
    const Vector kept =
        kHard ? select(firedAt(h, constants.limit), zero, state.fromMembrane) : state.fromMembrane;
    byCharge = bySpike * slope + kept;
    membrane = kHard ? select(previousFired, reset, previousH)
                     : select(previousFired, previousH - threshold, previousH);
    charged = h;
  }
  // Factors of one cost nothing.
  state.fromMembrane = kNeuron == Neuron::kIntegrateAndFire ? byCharge : byCharge * constants.byMembrane;
  StepGradient gradient{kNeuron == Neuron::kLeakyDecayInput ? byCharge * constants.byInput : byCharge, zero};
  if (kNeuron == Neuron::kLeaky) gradient.byDecay = byCharge * (reset - membrane);
  if (kNeuron == Neuron::kLeakyDecayInput) gradient.byDecay = byCharge * (charged - membrane);
  return gradient;
}

SPIKEFIT_INLINE void addToDouble(DoubleVector* sums, Vector value) {
  alignas(64) float lanes[kWidth];
  store(lanes, value);
  sums[0] += loadAsDouble(lanes);
  sums[1] += loadAsDouble(lanes + kDoubleWidth);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
