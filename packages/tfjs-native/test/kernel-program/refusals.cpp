#include "refusals.h"

#include <limits>
#include <new>

#include "exact_arrays.h"

namespace {

using Values = std::vector<Napi::Value>;

bool refuses(const Napi::Callback& kernel, const Values& values) {
  try {
    kernel(Napi::CallbackInfo(values));
  } catch (const Napi::TypeError&) {
    return true;
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}

// An array argument one element shorter must be refused, unless one element is left: a parameter may be shared.
std::string shortened(const Napi::Callback& kernel, const RecordedCall& call, std::size_t argument) {
  const ExactArrays arrays(call, Placement::kAligned);
  Values values = arrays.values();
  Napi::ArrayView view = std::get<Napi::ArrayView>(values[argument].content());
  if (view.length == 0 || view.length == 2) return "";
  view.length -= 1;
  values[argument] = Napi::Value(view);
  return refuses(kernel, values) ? "" : "takes an array that is too short";
}

// Text is no argument of a kernel.
std::string replacedByText(const Napi::Callback& kernel, const RecordedCall& call, std::size_t argument) {
  const ExactArrays arrays(call, Placement::kAligned);
  Values values = arrays.values();
  values[argument] = Napi::Value(std::string("no"));
  return refuses(kernel, values) ? "" : "takes text for an argument";
}

// Sizes that nobody can mean. Most are refused; of what is not, the sizes must agree with the arrays all the same.
void withSize(const Napi::Callback& kernel, const RecordedCall& call, std::size_t index, std::int32_t size) {
  const ExactArrays arrays(call, Placement::kAligned);
  const Values values = arrays.values();
  const Napi::ArrayView view = std::get<Napi::ArrayView>(values[0].content());
  static_cast<std::int32_t*>(view.data)[index] = size;
  refuses(kernel, values);
}

bool startsWithSizes(const RecordedCall& call) {
  return !call.arguments.empty() && call.arguments[0].kind == RecordedValue::Kind::kArray &&
         call.arguments[0].array.type == napi_int32_array;
}

}  // namespace

std::vector<std::string> checkRefusals(const Napi::Callback& kernel, const RecordedCall& call) {
  std::vector<std::string> failures;
  const auto check = [&](const std::string& failure, std::size_t argument) {
    if (!failure.empty()) failures.push_back(failure + " (argument " + std::to_string(argument) + ")");
  };
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    if (call.arguments[i].kind == RecordedValue::Kind::kArray) check(shortened(kernel, call, i), i);
    check(replacedByText(kernel, call, i), i);
  }
  if (!startsWithSizes(call)) return failures;
  constexpr std::int32_t kLargest = std::numeric_limits<std::int32_t>::max();
  for (std::size_t index = 0; index < call.arguments[0].array.length; ++index) {
    for (const std::int32_t size : {-kLargest - 1, -1, 0, 1, 46341, 65536, kLargest}) {
      withSize(kernel, call, index, size);
    }
  }
  return failures;
}
