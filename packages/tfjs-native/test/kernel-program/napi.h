// A stand-in for node-addon-api: the part of it that the bindings use, on plain C++ values. The bindings compile
// against it unchanged, so that the test program calls every kernel as JavaScript does, without Node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Numbers as in Node-API.
enum napi_typedarray_type {
  napi_int8_array,
  napi_uint8_array,
  napi_uint8_clamped_array,
  napi_int16_array,
  napi_uint16_array,
  napi_int32_array,
  napi_uint32_array,
  napi_float32_array
};

namespace Napi {

class Env {
 public:
  // Nothing ends before the test program does.
  template <typename Hook>
  void AddCleanupHook(Hook) {}
};
class CallbackInfo;
class Value;

struct ArrayView {
  napi_typedarray_type type;
  std::size_t length;
  void* data;
};
using Properties = std::map<std::string, Value>;
using Callback = std::function<Value(const CallbackInfo&)>;

class Value {
 public:
  using Content = std::variant<std::monostate, std::nullptr_t, bool, double, std::string, ArrayView,
                               std::shared_ptr<Properties>, Callback>;

  Value() = default;
  explicit Value(Content content) : content_(std::move(content)) {}

  bool IsUndefined() const { return holds<std::monostate>(); }
  bool IsNull() const { return holds<std::nullptr_t>(); }
  bool IsBoolean() const { return holds<bool>(); }
  bool IsNumber() const { return holds<double>(); }
  bool IsString() const { return holds<std::string>(); }
  bool IsTypedArray() const { return holds<ArrayView>(); }

  template <typename T>
  T As() const {
    T result;
    result.content_ = content_;
    return result;
  }
  const Content& content() const { return content_; }

 private:
  template <typename T>
  bool holds() const {
    return std::holds_alternative<T>(content_);
  }
  Content content_;
};

struct Number : Value {
  static Napi::Value New(Env, double value) { return Napi::Value(value); }
  double DoubleValue() const { return std::get<double>(content()); }
  std::int32_t Int32Value() const { return static_cast<std::int32_t>(DoubleValue()); }
};
struct Boolean : Value {
  static Napi::Value New(Env, bool value) { return Napi::Value(value); }
  bool Value() const { return std::get<bool>(content()); }
};
struct String : Value {
  std::string Utf8Value() const { return std::get<std::string>(content()); }
};
struct TypedArray : Value {
  napi_typedarray_type TypedArrayType() const { return std::get<ArrayView>(content()).type; }
  std::size_t ElementLength() const { return std::get<ArrayView>(content()).length; }
};
template <typename T>
struct TypedArrayOf : TypedArray {
  T* Data() const { return static_cast<T*>(std::get<ArrayView>(content()).data); }
};
using Int8Array = TypedArrayOf<std::int8_t>;
using Uint8Array = TypedArrayOf<std::uint8_t>;
using Int16Array = TypedArrayOf<std::int16_t>;
using Uint16Array = TypedArrayOf<std::uint16_t>;
using Int32Array = TypedArrayOf<std::int32_t>;
using Uint32Array = TypedArrayOf<std::uint32_t>;
using Float32Array = TypedArrayOf<float>;

struct Object : Value {
  static Object New(Env) { return Value(std::make_shared<Properties>()).As<Object>(); }
  void Set(const std::string& name, Napi::Value value) { properties()[name] = std::move(value); }
  void Set(const std::string& name, bool value) { properties()[name] = Napi::Value(value); }
  void Set(const std::string& name, double value) { properties()[name] = Napi::Value(value); }
  void Set(const std::string& name, const char* value) { properties()[name] = Napi::Value(std::string(value)); }
  void Set(std::uint32_t index, Napi::Value value) { properties()[std::to_string(index)] = std::move(value); }
  Properties& properties() const { return *std::get<std::shared_ptr<Properties>>(content()); }
};
struct Array : Object {
  static Array New(Env, std::size_t) { return Value(std::make_shared<Properties>()).As<Array>(); }
};

class CallbackInfo {
 public:
  explicit CallbackInfo(std::vector<Value> arguments) : arguments_(std::move(arguments)) {}
  Napi::Env Env() const { return {}; }
  std::size_t Length() const { return arguments_.size(); }
  Value operator[](std::size_t index) const { return index < arguments_.size() ? arguments_[index] : Value(); }

 private:
  std::vector<Value> arguments_;
};

struct Function : Value {
  static Value New(Napi::Env, Value (*function)(const CallbackInfo&)) { return Value(Callback(function)); }
  static Value New(Napi::Env, void (*function)(const CallbackInfo&)) {
    return Value(Callback([function](const CallbackInfo& info) {
      function(info);
      return Value();
    }));
  }
};

class Error : public std::exception {
 public:
  explicit Error(std::string message) : message_(std::move(message)) {}
  static Error New(Env, const std::string& message) { return Error(message); }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};
struct TypeError : Error {
  using Error::Error;
  static TypeError New(Env, const std::string& message) { return TypeError(message); }
};

}  // namespace Napi

// What `require` would answer.
Napi::Object loadAddon();
#define NODE_API_MODULE(name, initialize) \
  Napi::Object loadAddon() { return initialize(Napi::Env(), Napi::Object::New(Napi::Env())); }
