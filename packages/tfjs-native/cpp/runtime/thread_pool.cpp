#include "thread_pool.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace spikefit {
namespace {

// A worker polls this many times for the next job before it sleeps. Kernels of one training step follow
// each other within microseconds, and waking a sleeping thread costs more than most small kernels.
constexpr int kSpinRounds = 2000;

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

// The open job is one 64-bit ticket: its number in the high half, the tasks not yet taken in the low half.
// Taking a task is a compare-and-swap of the ticket, so a worker that wakes late either takes a task of the
// job that is open now or none; and a job whose task is taken cannot end, so its fields stay valid meanwhile.
// The caller waits for tasks, not for workers: one that the system does not schedule delays nobody.
class ThreadPool {
 public:
  void run(std::size_t count, TaskFunction function, void* context) {
    if (count == 0) return;
    std::lock_guard<std::mutex> oneJobAtATime(jobMutex_);
    if (count == 1 || workers_.empty()) {
      for (std::size_t index = 0; index < count; ++index) function(context, index);
      return;
    }
    function_ = function;
    context_ = context;
    count_ = count;
    finished_.store(0, std::memory_order_relaxed);
    jobNumber_ += 1;
    {
      std::lock_guard<std::mutex> lock(wakeMutex_);
      ticket_.store((static_cast<std::uint64_t>(jobNumber_) << 32) | static_cast<std::uint32_t>(count),
                    std::memory_order_release);
    }
    wake_.notify_all();
    takeTasks();
    for (int round = 0; finished_.load(std::memory_order_acquire) != count;) {
      if (round < kSpinRounds) {
        pause();
        round += 1;
      } else {
        std::this_thread::yield();
      }
    }
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

  void resize(int threads) {
    std::lock_guard<std::mutex> oneJobAtATime(jobMutex_);
    if (threads == threads_) return;
    {
      std::lock_guard<std::mutex> lock(wakeMutex_);
      stopping_.store(true, std::memory_order_release);
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    stopping_.store(false, std::memory_order_release);
    threads_ = 1;
    for (int index = 1; index < threads; ++index) {
      workers_.emplace_back([this] { work(); });
      threads_ = index + 1;
    }
  }

  int threads() {
    std::lock_guard<std::mutex> oneJobAtATime(jobMutex_);
    return threads_;
  }

 private:
  bool hasTasks() const { return static_cast<std::uint32_t>(ticket_.load(std::memory_order_acquire)) != 0; }

  // A task that fails (for want of memory) does not end its job: others still use what the caller owns.
  void runTask(std::size_t index) {
    try {
      function_(context_, index);
    } catch (...) {
      std::lock_guard<std::mutex> lock(failureMutex_);
      failure_ = std::current_exception();
    }
  }

  void takeTasks() {
    std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
    while (static_cast<std::uint32_t>(ticket) != 0) {
      if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
        continue;
      }
      runTask(count_ - static_cast<std::uint32_t>(ticket));
      finished_.fetch_add(1, std::memory_order_release);
      ticket = ticket_.load(std::memory_order_acquire);
    }
  }

  void work() {
    for (;;) {
      for (int round = 0; round < kSpinRounds && !hasTasks(); ++round) pause();
      if (!hasTasks()) {
        std::unique_lock<std::mutex> lock(wakeMutex_);
        wake_.wait(lock, [&] { return hasTasks() || stopping_.load(std::memory_order_acquire); });
      }
      if (stopping_.load(std::memory_order_acquire)) return;
      takeTasks();
    }
  }

  std::mutex jobMutex_;   // held for a whole job: guards workers_, threads_ and the opening of a job
  std::mutex wakeMutex_;  // guards the opening of a job and stopping_ against lost wake-ups
  std::mutex failureMutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;
  int threads_ = 1;
  std::uint32_t jobNumber_ = 0;
  std::atomic<bool> stopping_{false};
  TaskFunction function_ = nullptr;
  void* context_ = nullptr;
  std::size_t count_ = 0;
  std::exception_ptr failure_;  // of the open job
  std::atomic<std::uint64_t> ticket_{0};
  std::atomic<std::size_t> finished_{0};
};

// Never destroyed: workers may still sleep in it while the process runs its exit handlers.
ThreadPool& pool() {
  static ThreadPool* const instance = new ThreadPool();
  return *instance;
}

}  // namespace

void runTasks(std::size_t count, TaskFunction function, void* context) { pool().run(count, function, context); }
void setThreadCount(int count) { pool().resize(count); }
int threadCount() { return pool().threads(); }

}  // namespace spikefit
