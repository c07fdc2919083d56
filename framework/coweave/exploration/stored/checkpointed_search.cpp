#include "coweave/exploration/stored/checkpointed_search.hpp"

#include <algorithm>
#include <chrono>

#include "coweave/core/words.hpp"
#include "coweave/exploration/stored/checkpoint.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/strategy/bounded.hpp"
#include "coweave/strategy/reduction/wakeup_trees.hpp"

namespace coweave::detail {
namespace {

/// What a checkpoint calls the search by `strategy` that executes fair interleavings alone.
std::string fair_name(const Options& options, const std::string& strategy) {
  return "fair " + std::to_string(options.fairness) + " " + strategy;
}

}  // namespace

bool Resumption::is_of_fair_search(const Options& options, const std::string& name) {
  return Checkpoint::is_of(options, fair_name(options, "bounded")) ||
         Checkpoint::is_of(options, fair_name(options, name));  // Reductions become bounded there.
}

namespace {

/// Does something at most so often, and so seldom that it takes 2 % of the time at most.
class Seldom {
 public:
  explicit Seldom(std::chrono::nanoseconds interval) : interval_(interval) {}

  /// `now`: since the search began.
  template <class Function>
  void run(std::chrono::nanoseconds now, Function function) {
    if (now - last_ < std::max(interval_, share * cost_)) return;
    const auto begin = std::chrono::steady_clock::now();
    function();
    cost_ = std::chrono::steady_clock::now() - begin;
    last_ = now;
  }

 private:
  static constexpr int share = 50;
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds cost_{};
  std::chrono::nanoseconds last_{};
};

}  // namespace

Stop Resumption::run(Strategy& strategy, const std::string& name) {
  const Capabilities offered = strategy.capabilities();
  const bool is_reduction = offered.reduction != nullptr && offered.checkpointable != nullptr;
  return is_reduction ? run_reduced(*offered.reduction) : go_on(strategy, name);
}

Stop Resumption::run_default() {
  WakeupTrees trees;
  const bool is_reduced =
      obstacle().empty() && !runner_.is_fair() && !Checkpoint::is_of(options_, "bounded");
  return is_reduced ? run_reduced(trees) : run_bounded();
}

std::string_view Resumption::obstacle() const {
  if (ReducedExploration::may_inject(options_))
    return "a checkpoint has one search, and injections take several";
  return ReducedExploration::obstacle(options_);
}

Stop Resumption::run_bounded() {
  BoundedStrategy bounded;
  return go_on(bounded, "bounded");
}

Stop Resumption::run_reduced(PathSearch& search) {
  if (runner_.is_fair()) {
    report_.warnings.emplace_back("nothing was reduced: " +
                                  std::string(ReducedExploration::unfairness));
    return run_bounded();
  }
  if (const std::string_view reason = obstacle(); !reason.empty()) {
    report_.warnings.push_back("nothing was reduced: " + std::string(reason));
    return run_bounded();
  }
  if (Checkpoint::is_of(options_, "bounded")) return run_bounded();  // It has given up before.
  search.require_checkpoint();
  const Stop stop = go_on(search, "dpor");
  if (stop != Stop::exhausted || search.gave_up().empty()) return stop;
  report_.warnings.push_back("nothing was reduced: the wakeup trees would not do: " +
                             std::string(search.gave_up()));
  runner_.achieved = {};
  return run_bounded();
}

Stop Resumption::go_on(Strategy& strategy, std::string_view name) {
  const std::string kept(name);
  if (options_.keep_going) throw Error("checkpoint: expected keep_going to be off, found it on");
  Search search(strategy, name);
  Checkpointable* const checkpointable = search.offered.checkpointable;
  if (checkpointable == nullptr)
    throw Error(
        "checkpoint: expected a strategy that can be taken up again (exhaustive, bounded, "
        "dpor), found " +
        quote(kept));
  FollowStrategy production({});
  runner_.execution().run(runner_.body(), production);
  Checkpoint checkpoint(options_, runner_.is_fair() ? fair_name(options_, kept) : kept,
                        runner_.execution().fingerprint());
  std::uint64_t most = options_.max_schedules;
  if (const auto left = checkpoint.load()) {
    if (!checkpointable->restore(left->position))
      throw Error(printable(options_.checkpoint.string()) +
                  ": at /position: expected the position of a search by " + quote(kept));
    search.number = runner_.achieved.resumed = report_.schedules = left->schedules;
    report_.steps = left->steps;
    report_.injected = left->injected;
    most += left->schedules;
  }
  const PathSearch* const reduced = search.offered.reduction;
  const bool is_whole = runner_.achieved.resumed == 0;
  if (reduced != nullptr && is_whole) reduced_.begin(*reduced);
  Checkpoint::State state;
  const auto note = [&] {
    state = {report_.schedules, report_.steps, report_.injected, checkpointable->checkpoint()};
  };
  CheckpointAtDeath at_death(checkpoint);
  Seldom noting({});
  Seldom saving(options_.checkpoint_every);
  runner_.on_look = [&] {
    noting.run(runner_.elapsed(), [&] {
      note();
      at_death.note(state);
    });
    if (options_.checkpoint_every.count() != 0)
      saving.run(runner_.elapsed(), [&] {
        note();
        checkpoint.save(state);
      });
  };
  Stop stop = Stop::none;
  while (stop == Stop::none) {
    // Before the next execution is begun: the position is that between two.
    if (runner_.executions() >= most) note();
    stop = runner_.advance(search, most);
  }
  runner_.on_look = {};
  if (reduced != nullptr && is_whole) {
    reduced_.end(*reduced, stop);
  } else if (reduced != nullptr) {
    runner_.achieved.reduction = ReducedExploration::summary_of(*reduced);
    runner_.achieved.reduction->audit_is_left_out = true;
  }
  runner_.achieved.is_exhausted = search.offered.is_exhausted();
  runner_.achieved.bound = search.offered.completed_bound();
  if (stop == Stop::time || stop == Stop::memory || stop == Stop::interrupted) note();
  if (stop == Stop::exhausted || stop == Stop::failure || stop == Stop::unfair) {
    checkpoint.remove();
  } else if (stop != Stop::skipped) {
    checkpoint.save(state);
    runner_.achieved.checkpoint = printable(options_.checkpoint.string());
  }
  return stop;
}

}  // namespace coweave::detail
