#include "recorded_calls.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace {

class Reader {
 public:
  explicit Reader(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)), sizeof(T));
    return value;
  }
  std::string text() {
    const std::size_t size = number<std::uint32_t>();
    return std::string(reinterpret_cast<const char*>(take(size)), size);
  }
  const std::uint8_t* take(std::size_t size) {
    if (size > bytes_.size() - position_) throw std::runtime_error("the file of calls ends early");
    position_ += size;
    return bytes_.data() + position_ - size;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t position_ = 0;
};

RecordedArray readArray(Reader& reader) {
  RecordedArray array{};
  array.type = static_cast<napi_typedarray_type>(reader.number<std::uint8_t>());
  array.length = reader.number<std::uint32_t>();
  array.filled = reader.number<std::uint8_t>() != 0;
  if (array.filled) {
    const std::size_t size = array.length * elementSize(array.type);
    const std::uint8_t* const elements = reader.take(size);
    array.elements.assign(elements, elements + size);
  }
  array.checked = reader.number<std::uint8_t>() != 0;
  if (array.checked) {
    for (std::size_t i = 0; i < array.length; ++i) array.expected.push_back(reader.number<double>());
  }
  return array;
}

RecordedValue readValue(Reader& reader) {
  RecordedValue value{};
  const int tag = reader.number<std::uint8_t>();
  value.kind = tag == 5   ? RecordedValue::Kind::kArray
               : tag == 6 ? RecordedValue::Kind::kSameArray
                          : RecordedValue::Kind::kScalar;
  switch (tag) {
    case 0: break;
    case 1: value.scalar = Napi::Value(nullptr); break;
    case 2: value.scalar = Napi::Value(reader.number<double>() != 0); break;
    case 3: value.scalar = Napi::Value(reader.number<double>()); break;
    case 4: value.scalar = Napi::Value(reader.text()); break;
    case 5: value.array = readArray(reader); break;
    case 6: value.sameAs = reader.number<std::uint32_t>(); break;
    default: throw std::runtime_error("the file of calls holds an unknown value");
  }
  return value;
}

RecordedCall readCall(Reader& reader) {
  RecordedCall call;
  call.title = reader.text();
  call.kernel = reader.text();
  call.tolerance = reader.number<double>();
  call.result = readValue(reader).scalar;
  const std::size_t count = reader.number<std::uint32_t>();
  for (std::size_t i = 0; i < count; ++i) call.arguments.push_back(readValue(reader));
  return call;
}

}  // namespace

std::size_t RecordedCall::elements() const {
  std::size_t sum = 0;
  for (const RecordedValue& value : arguments) sum += value.array.length;
  return sum;
}

std::size_t elementSize(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array: return 1;
    case napi_int16_array:
    case napi_uint16_array: return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array: return 4;
  }
  throw std::runtime_error("the file of calls holds an array of an unknown type");
}

std::vector<RecordedCall> readCalls(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  Reader reader(std::vector<std::uint8_t>(std::istreambuf_iterator<char>(file), {}));
  if (std::memcmp(reader.take(8), "calls 1\n", 8) != 0) throw std::runtime_error(path + " holds no calls");
  std::vector<RecordedCall> calls;
  const std::size_t count = reader.number<std::uint32_t>();
  for (std::size_t i = 0; i < count; ++i) calls.push_back(readCall(reader));
  return calls;
}
