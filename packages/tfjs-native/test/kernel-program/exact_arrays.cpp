#include "exact_arrays.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace {

double elementAt(const Napi::ArrayView& view, std::size_t index) {
  switch (view.type) {
    case napi_int8_array: return static_cast<const std::int8_t*>(view.data)[index];
    case napi_uint8_array:
    case napi_uint8_clamped_array: return static_cast<const std::uint8_t*>(view.data)[index];
    case napi_int16_array: return static_cast<const std::int16_t*>(view.data)[index];
    case napi_uint16_array: return static_cast<const std::uint16_t*>(view.data)[index];
    case napi_int32_array: return static_cast<const std::int32_t*>(view.data)[index];
    case napi_uint32_array: return static_cast<const std::uint32_t*>(view.data)[index];
    case napi_float32_array: return static_cast<const float*>(view.data)[index];
  }
  return std::nan("");
}

bool agree(double actual, double expected, double tolerance) {
  if (actual == expected || (std::isnan(actual) && std::isnan(expected))) return true;
  return std::fabs(actual - expected) <= tolerance;
}

std::string firstDifference(const RecordedArray& array, const Napi::ArrayView& view, double tolerance) {
  for (std::size_t i = 0; i < array.length; ++i) {
    const double actual = elementAt(view, i);
    if (agree(actual, array.expected[i], tolerance)) continue;
    return "[" + std::to_string(i) + "] is " + std::to_string(actual) + ", not " +
           std::to_string(array.expected[i]) + " within " + std::to_string(tolerance);
  }
  return "";
}

}  // namespace

void ExactArrays::Free::operator()(std::uint8_t* memory) const { std::free(memory); }

ExactArrays::ExactArrays(const RecordedCall& call, Placement placement)
    : call_(call), slots_(call.arguments.size()) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const RecordedValue& argument = call.arguments[i];
    if (argument.kind != RecordedValue::Kind::kArray) continue;
    const std::size_t element = elementSize(argument.array.type), bytes = argument.array.length * element;
    const std::size_t shift = placement == Placement::kShifted ? element : 0;
    slots_[i].memory.reset(static_cast<std::uint8_t*>(std::malloc(shift + bytes)));
    slots_[i].data = slots_[i].memory.get() + shift;
    // What the caller never wrote to stays undefined, so that Valgrind sees a kernel read it.
    if (argument.array.filled && bytes > 0) {
      std::memcpy(slots_[i].data, argument.array.elements.data(), bytes);
    }
  }
}

Napi::ArrayView ExactArrays::view(std::size_t argument) const {
  const RecordedArray& array = call_.arguments[argument].array;
  return {array.type, array.length, slots_[argument].data};
}

std::vector<Napi::Value> ExactArrays::values() const {
  std::vector<Napi::Value> values;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const RecordedValue& argument = call_.arguments[i];
    switch (argument.kind) {
      case RecordedValue::Kind::kScalar: values.push_back(argument.scalar); break;
      case RecordedValue::Kind::kArray: values.push_back(Napi::Value(view(i))); break;
      case RecordedValue::Kind::kSameArray: values.push_back(values[argument.sameAs]); break;
    }
  }
  return values;
}

std::string ExactArrays::differences() const {
  std::string text;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const RecordedValue& argument = call_.arguments[i];
    if (argument.kind != RecordedValue::Kind::kArray) continue;
    const RecordedArray& array = argument.array;
    std::string difference;
    if (array.checked) {
      difference = firstDifference(array, view(i), call_.tolerance);
    } else if (array.filled && array.length > 0 &&
               std::memcmp(slots_[i].data, array.elements.data(), array.elements.size()) != 0) {
      difference = " changed, an input";
    }
    if (!difference.empty()) text += "; argument " + std::to_string(i) + difference;
  }
  return text;
}
