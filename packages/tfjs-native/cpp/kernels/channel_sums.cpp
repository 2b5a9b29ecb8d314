#include "channel_sums.h"

#include "../runtime/scratch.h"
#include "../simd/parallel.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kChunkElements = 65536;
constexpr std::size_t kMaximumChunks = 512;

// Channels whose sums stay in registers while the rows of a chunk go by: one cache line of floats.
constexpr int kBlock = 16;
constexpr int kBlockVectors = kBlock / kDoubleWidth;

template <bool kProducts>
void sumFullBlock(const float* a, const float* b, std::size_t rows, std::size_t stride, double* sums,
                  double* products) {
  DoubleVector sum[kBlockVectors] = {}, product[kBlockVectors] = {};
  for (std::size_t row = 0; row < rows; ++row) {
    SPIKEFIT_UNROLL
    for (int v = 0; v < kBlockVectors; ++v) {
      const DoubleVector left = loadAsDouble(a + row * stride + v * kDoubleWidth);
      sum[v] += left;
      if (kProducts) product[v] += left * loadAsDouble(b + row * stride + v * kDoubleWidth);
    }
  }
  SPIKEFIT_UNROLL
  for (int v = 0; v < kBlockVectors; ++v) {
    storeDouble(sums + v * kDoubleWidth, sum[v]);
    if (kProducts) storeDouble(products + v * kDoubleWidth, product[v]);
  }
}

void sumChannel(const float* a, const float* b, std::size_t rows, std::size_t stride, double* sum,
                double* product) {
  // Four independent sums hide the latency of the addition; which one a row goes to depends on its number.
  double total[4] = {}, totalProduct[4] = {};
  for (std::size_t row = 0; row < rows; ++row) {
    const double left = a[row * stride];
    total[row % 4] += left;
    if (b != nullptr) totalProduct[row % 4] += left * b[row * stride];
  }
  *sum = (total[0] + total[1]) + (total[2] + total[3]);
  if (b != nullptr) *product = (totalProduct[0] + totalProduct[1]) + (totalProduct[2] + totalProduct[3]);
}

void sumChunk(const ChannelShape& shape, const float* a, const float* b, std::size_t begin, std::size_t end,
              double* sums, double* products) {
  const std::size_t channels = shape.channels, rows = end - begin;
  a += begin * channels;
  if (b != nullptr) b += begin * channels;
  std::size_t c = 0;
  for (; c + kBlock <= channels; c += kBlock) {
    if (b == nullptr) sumFullBlock<false>(a + c, nullptr, rows, channels, sums + c, nullptr);
    else sumFullBlock<true>(a + c, b + c, rows, channels, sums + c, products + c);
  }
  for (; c < channels; ++c) {
    sumChannel(a + c, b == nullptr ? nullptr : b + c, rows, channels, sums + c,
               b == nullptr ? nullptr : products + c);
  }
}

}  // namespace

void channelSums(const ChannelShape& shape, const float* a, const float* bOrNull, double* sums,
                 double* products) {
  const std::size_t channels = shape.channels;
  const std::size_t kinds = bOrNull == nullptr ? 1 : 2;
  const std::size_t perChunk =
      larger(larger(1, kChunkElements / channels), divideUp(shape.rows, kMaximumChunks));
  const std::size_t chunks = divideUp(shape.rows, perChunk);
  double* const partials = scratchDoubles(Scratch::kPartials, chunks * kinds * channels);
  parallelChunks(shape.rows, perChunk, [&](std::size_t begin, std::size_t end) {
    double* const mine = partials + begin / perChunk * kinds * channels;
    sumChunk(shape, a, bOrNull, begin, end, mine, mine + channels);
  });
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = 0, product = 0;
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
      const double* const partial = partials + chunk * kinds * channels;
      sum += partial[c];
      if (bOrNull != nullptr) product += partial[channels + c];
    }
    sums[c] = sum;
    if (bOrNull != nullptr) products[c] = product;
  }
}

void sumRows(const ChannelShape& shape, const float* x, double* sums) {
  sumChunk(shape, x, nullptr, 0, shape.rows, sums, nullptr);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
