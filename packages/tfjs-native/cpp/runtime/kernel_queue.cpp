#include "kernel_queue.h"

#include <chrono>
#include <thread>
#include <utility>

namespace spikefit {

void KernelQueue::push(std::function<void()> kernel) {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    drained_.wait(lock, [&] { return !isStopping_; });
    // Where no thread can be made this throws, and nothing waits for one.
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    waiting_.push_back(std::move(kernel));
  }
  pushed_.notify_one();
}

void KernelQueue::drain() {
  std::unique_lock<std::mutex> lock(mutex_);
  drained_.wait(lock, [&] { return waiting_.empty() && !isRunning_; });
  if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void KernelQueue::stop() {
  std::thread ending;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    drained_.wait(lock, [&] { return waiting_.empty() && !isRunning_ && !isStopping_; });
    if (!thread_.joinable()) return;
    isStopping_ = true;
    ending = std::move(thread_);
  }
  pushed_.notify_one();
  ending.join();
  std::lock_guard<std::mutex> lock(mutex_);
  isStopping_ = false;
  drained_.notify_all();
}

double KernelQueue::busyMilliseconds() {
  std::lock_guard<std::mutex> lock(mutex_);
  return busyMilliseconds_;
}

void KernelQueue::work() {
  using Clock = std::chrono::steady_clock;
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    pushed_.wait(lock, [&] { return !waiting_.empty() || isStopping_; });
    if (waiting_.empty()) return;
    isRunning_ = true;
    const Clock::time_point started = Clock::now();
    while (!waiting_.empty()) {
      const std::function<void()> kernel = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      std::exception_ptr failure;
      try {
        kernel();
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure_ == nullptr) failure_ = failure;
    }
    busyMilliseconds_ += std::chrono::duration<double, std::milli>(Clock::now() - started).count();
    isRunning_ = false;
    drained_.notify_all();
  }
}

// Never destroyed: its thread may still run while the process runs its exit handlers.
KernelQueue& kernelQueue() {
  static KernelQueue* const instance = new KernelQueue();
  return *instance;
}

}  // namespace spikefit
