// The spikes of every line of the images as lists: what a convolution of few spikes adds up.
#pragma once

#include "../kernels/shapes.h"
#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Line by line the positions column · channels + channel of its spikes, ascending, where columns count from the left
// padding. A line is cut into cells, one per column or, where there are more channels than `partChannels`, several: the
// spikes of cell i of a line lie between starts[i] and starts[i + 1] of that line.
struct SpikeLists {
  std::size_t width;         // columns that the filter sees
  std::size_t partChannels;  // channels of a cell
  std::size_t parts;         // cells of a column
  std::uint32_t* starts;     // [lines][cells of a line + 1]
  std::uint32_t* positions;

  std::size_t startsOfLine() const { return width * parts + 1; }
};

// Makes the lists, in parallel, in the memory of the calling thread. `spikes`: the number of all.
SpikeLists makeSpikeLists(const ConvolutionShape& shape, const std::uint8_t* bits, std::size_t spikes,
                          std::size_t partChannels);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
