#include "coweave/execution/run.hpp"

#include <chrono>
#include <cstdio>
#include <optional>

#include "coweave/execution/task_loop.hpp"
#include "coweave/runtime/foreign.hpp"
#include "coweave/runtime/object.hpp"
#include "coweave/task/spawn.hpp"

namespace coweave::detail {
namespace {

/// The scheduler of run(): the head of the queue steps, the clock is the real one.
class RunLoop final : public TaskLoop {
 public:
  void run(const std::function<void()>& start, const std::function<void(TaskControl&)>& take) {
    const Context saved = context;
    context = {};
    context.services = this;
    context.epoch = next_epoch();
    context.is_apart = context.is_watched = context.is_observed = false;
    live_.begin(context.epoch);
    context.await_points = AwaitPoints::suspending;
    struct Restore {
      RunLoop& loop;
      const Context& saved;
      ~Restore() {
        loop.live_.end();
        loop.tear_down(context, Leftovers::destroyed);
        context = saved;
      }
    };
    const Restore at_the_end{*this, saved};
    start();
    TaskControl& root = tasks_[TaskId::root];
    ++root.references;  // Its result is read at the end.
    run_until([&root] { return root.finished(); });
    cancel_the_rest();
    root.is_retrieved = true;
    throw_if_misused();
    if (root.result == TaskResult::value) return take(root);
    if (*root.error) std::rethrow_exception(*root.error);
    throw_cancelled(root);
  }

  TaskControl& create_task(std::coroutine_handle<> root, std::exception_ptr* error,
                           const char* function, Place spawned_at) override {
    TaskControl& task = tasks_.create_or_reuse(context.current);
    task.begin(root, error, function, spawned_at);
    ++context.unfinished_tasks;
    ready_.push_back(task);
    return task;
  }
  void release_frame(TaskControl& task) noexcept override {
    const bool is_unseen = task.result == TaskResult::exception && !task.is_retrieved;
    if (is_unseen)
      std::fputs("coweave: run(): the exception of a task was never retrieved\n", stderr);
    task.is_retrieved = true;
    TaskLoop::release_frame(task);
    tasks_.retire(task);
  }
  std::uint32_t choose(std::uint32_t /*alternatives*/, const Place& /*place*/) override {
    return 0;
  }
  bool inject_fault(ObjectId /*object*/, const Place& /*place*/) override { return false; }
  bool count_immediate_await() override { return true; }
  Clock::time_point now() override {
    return Clock::time_point(std::chrono::steady_clock::now().time_since_epoch());
  }
  [[nodiscard]] bool has_virtual_time() const override { return false; }
  void note_oversight(Oversight kind, std::string_view name, const Place& place) noexcept override {
    std::fprintf(
        stderr,
        kind == Oversight::unawaited_task
            ? "coweave: run(): a Task was destroyed and had never been awaited: %.*s at %s\n"
            : "coweave: run(): the exception of a future was never retrieved: \"%.*s\" "
              "created at %s\n",
        static_cast<int>(name.size()), name.data(), to_string(source_line(place, {})).c_str());
  }
  ObjectId register_object(const Object& /*object*/) override { return ObjectId::none; }
  void threw_in_tear_down() noexcept override {
    std::fputs("coweave: run(): an exception left a destructor of a task that had not ended\n",
               stderr);
  }
  void record(Effect /*effect*/) override {}
  void report_failure(FailureKind kind, std::string message, const char* file,
                      std::uint32_t line) override {
    if (context.is_tearing_down) return;
    const std::string text = std::string(to_string(kind)) + ": " + message + " at " +
                             to_string(source_line(file, line, {}));
    if (kind == FailureKind::check) throw Error(text);
    std::fprintf(stderr, "coweave: %s\n", text.c_str());  // From a destructor: nothing to throw to.
  }

 private:
  /// Waits for other threads, for `most` at most (null: for as long as it takes), and does what
  /// they ask for. That one has used what is for the thread of run() only is kept for the end.
  void hear_elsewhere(std::optional<Clock::duration> most) {
    if (!proxies_.has_news()) {
      if (most && *most <= Clock::duration::zero()) return;
      proxies_.wait_for_news(most);
    }
    NewsFromElsewhere news = proxies_.take_news();
    for (ForeignWaiter* const waiter : news.resumed) proxy_resumed(*waiter);
    for (NewsFromElsewhere::Post& post : news.posts)
      post_here(std::move(post.callable), post.name, post.place);
    if (news.uses.empty() || !misuse_.empty()) return;
    misuse_ = "run(): expected what belongs to it to be used on its thread, found a " +
              news.uses.front().what + " at " + to_string(source_line(news.uses.front().place, {}));
  }

  template <class Done>
  void run_until(Done is_done) {
    while (!is_done()) {
      // One pass over what is ready now, then timers: ready work cannot starve the clock.
      for (std::size_t batch = ready_.size(); batch > 0 && !is_done(); --batch) step_head();
      context.current = nullptr;
      if (is_done()) return;
      hear_elsewhere(Clock::duration::zero());
      fire_timers(now());
      if (ready_.empty() && !wake_idle()) wait_for_the_world();
    }
  }

  void step_head() {
    if (step(ready_.at(0), 0, context)) {
      context.needs_attention = false;
      settle();
    }
    check_between_steps(Clock::time_point::min());
  }

  void wait_for_the_world() {
    if (!timers_.empty()) {
      hear_elsewhere(timers_.earliest() - now());
    } else if (proxies_.any_pending()) {
      hear_elsewhere(std::nullopt);
    } else {
      throw_if_misused();
      throw Error("run(): deadlock: no task is ready, and none waits for time or for other code");
    }
  }

  void throw_if_misused() const {
    if (!misuse_.empty()) throw Error(misuse_);
  }

  void cancel_the_rest() {
    for (std::size_t i = 0; i < tasks_.size(); ++i) cancel(tasks_[static_cast<TaskId>(i)], {}, {});
    run_until([] { return context.unfinished_tasks == 0; });
  }

  std::string misuse_;  // The first use of something by another thread.
};

}  // namespace

void run_loop(const std::function<void()>& start, const std::function<void(TaskControl&)>& take) {
  if (context.services != nullptr)
    throw Error("run(): expected to be outside explore() and run(), found a running task");
  RunLoop().run(start, take);
}

}  // namespace coweave::detail
