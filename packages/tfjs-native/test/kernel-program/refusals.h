// What the bindings must refuse: behind them nothing is checked.
#pragma once

#include <string>
#include <vector>

#include "recorded_calls.h"

// Calls the kernel with each argument damaged in turn. Answers what was taken though it must not be; what was taken
// and may be (padding may have any size, a parameter one element) has then run under the memory checker.
std::vector<std::string> checkRefusals(const Napi::Callback& kernel, const RecordedCall& call);
