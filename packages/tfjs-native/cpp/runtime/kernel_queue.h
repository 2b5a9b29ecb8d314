// Kernels that JavaScript has asked for and does not wait for.
//
// JavaScript that runs between two kernels finds the caches full of their data and takes hundreds of microseconds for
// what else takes ten. Deferred, the calls of a whole training step are made at once, and their kernels run, in the
// order of the calls, while JavaScript goes on. Which kernels run, and on what, is the same: so are the bits.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace spikefit {

class KernelQueue {
 public:
  // Runs `kernel` after all that were pushed before it.
  void push(std::function<void()> kernel);
  // Returns when all have run. Throws the first exception of one of them; later ones have run all the same.
  void drain();
  // Runs what was pushed and ends the thread, which the next push makes again. Throws nothing.
  void stop();
  double busyMilliseconds();

 private:
  void work();

  std::mutex mutex_;  // guards all members; who joins the thread owns it by then
  std::condition_variable pushed_;
  std::condition_variable drained_;
  std::deque<std::function<void()>> waiting_;
  bool isRunning_ = false;
  bool isStopping_ = false;
  std::thread thread_;
  double busyMilliseconds_ = 0;
  std::exception_ptr failure_;
};

// The queue of the process.
KernelQueue& kernelQueue();

}  // namespace spikefit
