// Turns the arguments of one call from JavaScript into plain numbers and pointers, or throws a TypeError that
// names the function and the argument. Sizes are checked here: behind this border nothing is.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace spikefit {

class Arguments {
 public:
  Arguments(const Napi::CallbackInfo& info, const char* function) : info_(info), function_(function) {}

  // An Int32Array of exactly `count` whole numbers, none negative unless said so.
  const std::int32_t* dimensions(std::size_t count, std::size_t signedFrom = SIZE_MAX) {
    const Napi::Value value = next();
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array ||
        value.As<Napi::TypedArray>().ElementLength() != count) {
      fail("the dimensions", "an Int32Array of length " + std::to_string(count));
    }
    const std::int32_t* const data = value.As<Napi::Int32Array>().Data();
    for (std::size_t i = 0; i < count && i < signedFrom; ++i) {
      if (data[i] < 0) fail("the dimensions", "not negative");
    }
    return data;
  }

  float* floats(const char* name, std::size_t count) {
    const Napi::Value value = next();
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array ||
        value.As<Napi::TypedArray>().ElementLength() != count) {
      fail(name, "a Float32Array of length " + std::to_string(count));
    }
    return value.As<Napi::Float32Array>().Data();
  }

  float* floatsOrNull(const char* name, std::size_t count) {
    if (info_[index_].IsNull()) {
      ++index_;
      return nullptr;
    }
    return floats(name, count);
  }

  std::int32_t* integers(const char* name, std::size_t count) {
    const Napi::Value value = next();
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array ||
        value.As<Napi::TypedArray>().ElementLength() != count) {
      fail(name, "an Int32Array of length " + std::to_string(count));
    }
    return value.As<Napi::Int32Array>().Data();
  }

  // Spikes as bits, or assignments: `count` bytes.
  std::uint8_t* bytes(const char* name, std::size_t count) {
    const Napi::Value value = next();
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array ||
        value.As<Napi::TypedArray>().ElementLength() != count) {
      fail(name, "a Uint8Array of length " + std::to_string(count));
    }
    return value.As<Napi::Uint8Array>().Data();
  }

  std::uint8_t* bytesOrNull(const char* name, std::size_t count) {
    if (info_[index_].IsNull()) {
      ++index_;
      return nullptr;
    }
    return bytes(name, count);
  }

  // 1 or `channels` floats; their number is written to `size`.
  float* parameter(const char* name, int channels, int& size) {
    const Napi::Value value = info_[index_];
    size = value.IsTypedArray() && value.As<Napi::TypedArray>().ElementLength() == 1 ? 1 : channels;
    return floats(name, static_cast<std::size_t>(size));
  }

  double number(const char* name) {
    const Napi::Value value = next();
    if (!value.IsNumber()) fail(name, "a number");
    return value.As<Napi::Number>().DoubleValue();
  }

  std::string text(const char* name) {
    const Napi::Value value = next();
    if (!value.IsString()) fail(name, "a string");
    return value.As<Napi::String>().Utf8Value();
  }

  [[noreturn]] void fail(const std::string& name, const std::string& expected) {
    throw Napi::TypeError::New(info_.Env(), std::string(function_) + ": expected " + name + " to be " + expected);
  }

 private:
  Napi::Value next() { return info_[index_++]; }

  const Napi::CallbackInfo& info_;
  const char* function_;
  std::size_t index_ = 0;
};

}  // namespace spikefit
