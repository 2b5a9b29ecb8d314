// The arguments of one call in memory of exactly their size, as the heap checkers want it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "recorded_calls.h"

// Where an array begins: on a boundary of 16 bytes, or one element behind it, as a part of a JavaScript array may.
enum class Placement { kAligned, kShifted };

class ExactArrays {
 public:
  ExactArrays(const RecordedCall& call, Placement placement);

  // To call with.
  std::vector<Napi::Value> values() const;
  // What differs from the expected values by more than the tolerance, or changed though it is an input; empty when
  // all is well.
  std::string differences() const;

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const;
  };
  struct Slot {
    std::unique_ptr<std::uint8_t, Free> memory;
    std::uint8_t* data = nullptr;
  };

  Napi::ArrayView view(std::size_t argument) const;

  const RecordedCall& call_;
  std::vector<Slot> slots_;
};
