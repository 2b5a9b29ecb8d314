#include "spike_lists.h"

#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "channel_codes.h"
#include "spike_count.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

std::uint32_t* scratchNumbers(Scratch purpose, std::size_t count) {
  return reinterpret_cast<std::uint32_t*>(scratchBytes(purpose, count * sizeof(std::uint32_t)));
}

// Lists one line from positions[next] on.
void listLine(const ConvolutionShape& shape, const SpikeLists& lists, const std::uint8_t* bits, std::size_t line,
              std::uint32_t next) {
  const std::size_t channels = shape.inputChannels;
  std::uint32_t* starts = lists.starts + line * lists.startsOfLine();
  for (std::size_t column = 0; column < lists.width; ++column) {
    const int pixel = static_cast<int>(column) - shape.padLeft;
    const bool inside = pixel >= 0 && pixel < shape.inputWidth;
    for (std::size_t part = 0; part < lists.parts; ++part) {
      *starts++ = next;
      if (!inside) continue;
      const std::size_t channel = part * lists.partChannels;
      const std::size_t first = (line * shape.inputWidth + pixel) * channels + channel;
      const std::size_t position = column * channels + channel;
      forEachSpike(bits, first, smaller(lists.partChannels, channels - channel), [&](std::size_t i) {
        lists.positions[next++] = static_cast<std::uint32_t>(position + i);
      });
    }
  }
  *starts = next;
}

}  // namespace

SpikeLists makeSpikeLists(const ConvolutionShape& shape, const std::uint8_t* bits, std::size_t spikes,
                          std::size_t partChannels) {
  const std::size_t lines = static_cast<std::size_t>(shape.batch) * shape.inputHeight;
  const std::size_t perLine = static_cast<std::size_t>(shape.inputWidth) * shape.inputChannels;
  SpikeLists lists{};
  lists.width = ChannelCodes(shape).width;
  lists.partChannels = partChannels;
  lists.parts = divideUp(shape.inputChannels, partChannels);
  lists.starts = scratchNumbers(Scratch::kShared, lines * lists.startsOfLine());
  lists.positions = scratchNumbers(Scratch::kLists, spikes);
  // Where each line begins stands first among its starts.
  const std::size_t linesPerTask = larger(1, 65536 / larger(1, perLine));
  parallelChunks(lines, linesPerTask, [&](std::size_t begin, std::size_t end) {
    for (std::size_t line = begin; line < end; ++line) {
      lists.starts[line * lists.startsOfLine()] =
          static_cast<std::uint32_t>(countSpikes(bits, line * perLine, perLine));
    }
  });
  std::uint32_t next = 0;
  for (std::size_t line = 0; line < lines; ++line) {
    std::uint32_t& start = lists.starts[line * lists.startsOfLine()];
    const std::uint32_t count = start;
    start = next;
    next += count;
  }
  parallelChunks(lines, linesPerTask, [&](std::size_t begin, std::size_t end) {
    for (std::size_t line = begin; line < end; ++line) {
      listLine(shape, lists, bits, line, lists.starts[line * lists.startsOfLine()]);
    }
  });
  return lists;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
