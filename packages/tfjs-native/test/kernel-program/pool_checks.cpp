#include "pool_checks.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <thread>

#include "../../cpp/runtime/kernel_queue.h"
#include "../../cpp/runtime/thread_pool.h"

namespace {

// Counts how often each task of a job ran. The plain sums show a task whose writes the caller cannot see yet.
struct Job {
  explicit Job(std::size_t tasks) : runs(tasks), written(tasks) {}
  std::vector<std::atomic<int>> runs;
  std::vector<int> written;

  static void task(void* context, std::size_t index) {
    Job& job = *static_cast<Job*>(context);
    job.runs[index].fetch_add(1, std::memory_order_relaxed);
    job.written[index] = static_cast<int>(index) + 1;
  }
};

class Failures {
 public:
  void add(const std::string& text) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (texts_.size() < 10) texts_.push_back(text);
  }
  std::vector<std::string> texts() const { return texts_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> texts_;
};

void runJob(std::size_t tasks, Failures& failures) {
  Job job(tasks);
  spikefit::runTasks(tasks, Job::task, &job);
  for (std::size_t i = 0; i < tasks; ++i) {
    if (job.runs[i] == 1 && job.written[i] == static_cast<int>(i) + 1) continue;
    failures.add("task " + std::to_string(i) + " of " + std::to_string(tasks) + " ran " +
                 std::to_string(job.runs[i]) + " times");
  }
}

void runJobs(int rounds, Failures& failures) {
  for (int round = 0; round < rounds; ++round) {
    for (const std::size_t tasks : {0, 1, 2, 3, 7, 64, 1000}) runJob(tasks, failures);
  }
}

// The caller gets what a task threw, when no task runs any more.
void runFailingJob(Failures& failures) {
  std::atomic<int> running{0};
  const auto task = [](void* context, std::size_t index) {
    auto& count = *static_cast<std::atomic<int>*>(context);
    count.fetch_add(1);
    if (index % 10 == 3) {
      count.fetch_sub(1);
      throw std::bad_alloc();
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20));
    count.fetch_sub(1);
  };
  try {
    spikefit::runTasks(100, task, &running);
    failures.add("a failure of a task is lost");
  } catch (const std::bad_alloc&) {
    if (running != 0) failures.add("a failed job ended while its tasks ran");
  }
}

// Deferred kernels run in the order of their calls, whoever waits; the one that waits next gets what one of them threw.
void runDeferred(int rounds, Failures& failures) {
  spikefit::KernelQueue& queue = spikefit::kernelQueue();
  std::vector<int> order;
  for (int round = 0; round < rounds; ++round) {
    order.clear();
    for (int call = 0; call < 50; ++call) queue.push([&order, call] { order.push_back(call); });
    queue.push([&failures] { runJob(64, failures); });
    queue.drain();
    if (order.size() != 50) failures.add("the queue was not empty after a drain");
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order[i] != static_cast<int>(i)) failures.add("deferred kernels ran out of order");
    }
  }
  queue.push([] { throw std::bad_alloc(); });
  queue.push([&order] { order.clear(); });
  try {
    queue.drain();
    failures.add("a failure of a deferred kernel is lost");
  } catch (const std::bad_alloc&) {
    if (!order.empty()) failures.add("a drain failed before the last kernel ran");
  }
  queue.drain();
  if (!(queue.busyMilliseconds() > 0)) failures.add("deferred kernels took no time");
}

}  // namespace

std::vector<std::string> checkPool(int rounds) {
  Failures failures;
  for (const int threads : {1, 2, 7, 3}) {
    spikefit::setThreadCount(threads);
    if (spikefit::threadCount() != threads) failures.add("has not " + std::to_string(threads) + " threads");
    runJobs(rounds, failures);
    // Workers that sleep, then a job.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    runJob(100, failures);
    runFailingJob(failures);
    runJob(100, failures);
  }
  runDeferred(rounds, failures);
  // Callers beside one another, while another thread changes the number of workers.
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) callers.emplace_back([&] { runJobs(rounds, failures); });
  for (int round = 0; round < rounds; ++round) spikefit::setThreadCount(1 + round % 4);
  for (std::thread& caller : callers) caller.join();
  return failures.texts();
}
