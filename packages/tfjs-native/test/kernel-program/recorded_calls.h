// The calls of the case table, as test/cases/encode-calls.ts writes them (the format stands there).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "napi.h"

struct RecordedArray {
  napi_typedarray_type type;
  std::size_t length;
  bool filled, checked;
  std::vector<std::uint8_t> elements;  // when filled
  std::vector<double> expected;        // when checked
};

struct RecordedValue {
  enum class Kind { kScalar, kArray, kSameArray } kind;
  Napi::Value scalar;
  RecordedArray array;
  std::size_t sameAs;  // index of an earlier argument
};

struct RecordedCall {
  std::string title, kernel;
  double tolerance;
  Napi::Value result;
  std::vector<RecordedValue> arguments;

  std::size_t elements() const;  // of all its arrays
};

// Bytes of one element.
std::size_t elementSize(napi_typedarray_type type);

// Throws std::runtime_error when the file is not one.
std::vector<RecordedCall> readCalls(const std::string& path);
