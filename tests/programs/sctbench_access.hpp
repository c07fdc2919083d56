#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "coweave/coweave.hpp"

/// How the SCTBench ports tell strategies what their steps touch.
namespace programs::sctbench {

/// What the steps of an execution have touched, in order.
struct TouchLog {
  struct Entry {
    std::uint64_t step = 0;  // Context::step_number.
    coweave::Touch touch;
  };
  std::vector<Entry> entries;

  /// Of the execution under way on this thread, if somebody wants to know; else null.
  static inline thread_local TouchLog* current = nullptr;
  static void add(std::uint64_t object, bool writes) {
    if (current != nullptr)
      current->entries.push_back({coweave::detail::context.step_number, {object, writes}});
  }
};

/// A variable that tasks share. `object`: its name, unique in the program.
class Variable {
 public:
  Variable(std::uint64_t object, int value) : object_(object), value_(value) {}
  [[nodiscard]] int get() const {
    TouchLog::add(object_, false);
    return value_;
  }
  void set(int value) {
    TouchLog::add(object_, true);
    value_ = value;
  }
  /// Gives the new value.
  int add(int value) {
    set(value_ + value);
    return value_;
  }

 private:
  std::uint64_t object_;
  int value_;
};

/// The steps of its caller are under a lock that is never held over an await: it orders nothing,
/// but steps that take it conflict.
inline void under_lock(std::uint64_t object) { TouchLog::add(object, true); }

/// Passes everything on to another strategy, and tells it what each step touches.
class Reporting final : public coweave::Strategy {
 public:
  explicit Reporting(std::unique_ptr<Strategy> strategy)
      : strategy_(std::move(strategy)), offered_(strategy_->capabilities()) {}
  Reporting(const Reporting&) = delete;
  Reporting& operator=(const Reporting&) = delete;
  ~Reporting() override {
    if (TouchLog::current == &log_) TouchLog::current = nullptr;
  }

  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    log_.entries.clear();
    TouchLog::current = &log_;
    next_entry_ = 0;
    steps_seen_ = 0;
    first_step_ = coweave::detail::context.step_number;
    steps_reported_ = 0;
    return strategy_->begin_execution(number);
  }
  [[nodiscard]] std::size_t pick(const coweave::SchedulingPoint& point) override {
    report(point.history());
    return strategy_->pick(point);
  }
  [[nodiscard]] std::uint32_t choose(std::uint32_t alternatives) override {
    return strategy_->choose(alternatives);
  }
  void end_execution(std::span<const coweave::Step> steps) override {
    report(steps);
    TouchLog::current = nullptr;
    strategy_->end_execution(steps);
  }
  [[nodiscard]] coweave::Capabilities capabilities() override {
    return {.begins_in_production_order = offered_.begins_in_production_order,
            .exhaustible = offered_.exhaustible};
  }

 private:
  void report(std::span<const coweave::Step> steps) {
    const std::vector<TouchLog::Entry>& log = log_.entries;
    for (; steps_seen_ < steps.size(); ++steps_seen_) {
      if (steps[steps_seen_].is_choice()) continue;
      const std::uint64_t step = first_step_ + ++steps_reported_;
      touches_.clear();
      for (; next_entry_ < log.size() && log[next_entry_].step == step; ++next_entry_)
        touches_.push_back(log[next_entry_].touch);
      if (offered_.touches != nullptr) offered_.touches->step_ended(touches_);
    }
  }

  std::unique_ptr<Strategy> strategy_;
  coweave::Capabilities offered_;
  TouchLog log_;
  std::vector<coweave::Touch> touches_;
  std::size_t next_entry_ = 0;
  std::size_t steps_seen_ = 0;
  std::uint64_t first_step_ = 0;
  std::uint64_t steps_reported_ = 0;
};

/// `recipe`, told of what steps touch.
inline coweave::StrategyRecipe reporting(const coweave::StrategyRecipe& recipe) {
  return {recipe.name(),
          [recipe](std::uint64_t seed) { return std::make_unique<Reporting>(recipe.make(seed)); }};
}

}  // namespace programs::sctbench
