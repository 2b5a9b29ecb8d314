// Calls every kernel through the addon's own bindings, without Node, on the recorded cases of the case table.
//
//   kernel-program CALLS ISA THREADS LARGEST POOL_ROUNDS
//
// CALLS is a file of test/cases/encode-calls.ts, ISA the instruction set, LARGEST the most array elements of a call
// that is run (the rest is counted). Prints "call TITLE" before each call, "error …" for what is wrong, and at last
// "result RUN LEFT_OUT ERRORS"; the exit code is 0 when there was no error. Memory checkers watch it meanwhile.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <set>
#include <string>

#include "../../cpp/runtime/kernel_queue.h"
#include "../../cpp/runtime/thread_pool.h"
#include "exact_arrays.h"
#include "pool_checks.h"
#include "recorded_calls.h"
#include "refusals.h"

namespace {

// Most array elements of a call that is also made with damaged arguments.
constexpr std::size_t kLargestRefused = 2000;

int errors = 0;

void report(const std::string& text) {
  errors += 1;
  std::printf("error %s\n", text.c_str());
}

std::string sayResult(const Napi::Value& value) {
  if (value.IsNumber()) return std::to_string(value.As<Napi::Number>().DoubleValue());
  if (value.IsBoolean()) return value.As<Napi::Boolean>().Value() ? "true" : "false";
  return "nothing";
}

void runCall(const Napi::Callback& kernel, const RecordedCall& call) {
  const std::string name = call.kernel + ": " + call.title;
  std::printf("call %s\n", name.c_str());
  std::fflush(stdout);
  for (const Placement placement : {Placement::kAligned, Placement::kShifted}) {
    const ExactArrays arrays(call, placement);
    const Napi::Value result = kernel(Napi::CallbackInfo(arrays.values()));
    const std::string differences = arrays.differences();
    if (!differences.empty()) report(name + differences);
    if (sayResult(result) != sayResult(call.result)) {
      report(name + "; answers " + sayResult(result) + ", not " + sayResult(call.result));
    }
  }
}

// Functions of the addon that run no kernel.
bool isKernel(const std::string& name, const Napi::Value& value) {
  static const std::set<std::string> others{"configure", "instructionSets", "drain", "kernelMilliseconds"};
  return std::holds_alternative<Napi::Callback>(value.content()) && others.count(name) == 0;
}

void run(const std::string& path, const std::string& isa, double threads, std::size_t largest) {
  const Napi::Object addon = loadAddon();
  const auto function = [&](const std::string& name) {
    return std::get<Napi::Callback>(addon.properties().at(name).content());
  };
  function("configure")(Napi::CallbackInfo({Napi::Value(isa), Napi::Value(threads)}));

  std::map<std::string, int> runs;
  int run = 0, leftOut = 0;
  for (const RecordedCall& call : readCalls(path)) {
    if (call.elements() > largest) {
      leftOut += 1;
      continue;
    }
    runCall(function(call.kernel), call);
    if (call.elements() <= kLargestRefused) {
      for (const std::string& text : checkRefusals(function(call.kernel), call)) report(call.kernel + ": " + text);
    }
    runs[call.kernel] += 1;
    run += 1;
  }
  for (const auto& [name, value] : addon.properties()) {
    if (isKernel(name, value) && runs[name] == 0) report(name + " has no case in the case table");
  }
  std::printf("result %d %d %d\n", run, leftOut, errors);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::fprintf(stderr, "usage: kernel-program CALLS ISA THREADS LARGEST POOL_ROUNDS\n");
    return 2;
  }
  try {
    std::printf("call the thread pool\n");
    std::fflush(stdout);
    for (const std::string& text : checkPool(std::atoi(arguments[5]))) report("thread pool: " + text);
    run(arguments[1], arguments[2], std::atof(arguments[3]), std::strtoull(arguments[4], nullptr, 10));
  } catch (const std::exception& exception) {
    report(exception.what());
  }
  // Workers end, and with them their working memory: what is left then has leaked.
  spikefit::kernelQueue().stop();
  spikefit::setThreadCount(1);
  return errors == 0 ? 0 : 1;
}
