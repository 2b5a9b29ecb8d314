// Runs a function over all elements of a [rows × channels] tensor, a vector at a time, with up to three
// per-channel parameters beside it.
#pragma once

#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "channel_parameter.h"
#include "shapes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

constexpr std::size_t kMapChunk = 16384;  // elements per task

// body(offset, count, p0, p1, p2): `count` elements from `offset` on; p∙ are the parameters of their channels.
template <typename Body>
static void mapChannels(const ChannelShape& shape, const float* const (&parameters)[3], const Body& body) {
  const std::size_t expanded = expandedSize(shape.channels);
  float* const space = scratchFloats(Scratch::kParameters, 3 * expanded);
  for (int p = 0; p < 3; ++p) expandParameter(parameters[p], shape.channels, space + p * expanded);
  parallelChunks(shape.rows * shape.channels, kMapChunk, [&](std::size_t begin, std::size_t end) {
    ChannelCursor cursor(space, shape.channels, begin);
    for (std::size_t i = begin; i < end; i += kWidth) {
      const float* const at = space + cursor.channel;
      body(i, static_cast<int>(smaller(kWidth, end - i)), load(at), load(at + expanded), load(at + 2 * expanded));
      cursor.advance();
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
