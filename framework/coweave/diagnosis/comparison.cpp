#include "coweave/diagnosis/comparison.hpp"

#include <algorithm>
#include <vector>

#include "coweave/core/words.hpp"

namespace coweave {
namespace {

constexpr std::size_t steps_before = 3;  // Shown before the parting.

/// One schedule and what it is called.
struct Side {
  const Schedule& schedule;
  const std::string& name;
  [[nodiscard]] const Trace& trace() const { return schedule.trace; }
  [[nodiscard]] const TraceStep& step(std::size_t index) const { return trace().steps[index]; }
  [[nodiscard]] const std::string& path(std::uint32_t task) const {
    return trace().tasks[task].path;
  }
  [[nodiscard]] std::vector<std::string> ready(std::size_t index) const {
    std::vector<std::string> paths;
    for (const std::uint32_t task : step(index).ready) paths.push_back(path(task));
    return paths;
  }
};

bool same_object(const Side& a, const TraceStep& x, const Side& b, const TraceStep& y) {
  if (x.object.has_value() != y.object.has_value()) return false;
  return !x.object || a.trace().objects[*x.object].path == b.trace().objects[*y.object].path;
}

/// Whether the same tasks were ready, as far as both know: a crash does not leave that behind.
bool same_ready(const Side& a, const Side& b, std::size_t index) {
  const TraceStep& x = a.step(index);
  const TraceStep& y = b.step(index);
  if (x.alternatives != y.alternatives) return false;
  const bool is_known = (x.is_choice() || x.knows_ready()) && (y.is_choice() || y.knows_ready());
  return !is_known || a.ready(index) == b.ready(index);
}

/// Whether what the task resumes from is the same.
bool same_operation(const Side& a, const Side& b, std::size_t index) {
  const TraceStep& x = a.step(index);
  const TraceStep& y = b.step(index);
  return x.operation == y.operation && same_object(a, x, b, y);
}

bool same_step(const Side& a, const Side& b, std::size_t index) {
  const TraceStep& x = a.step(index);
  const TraceStep& y = b.step(index);
  return a.path(x.task) == b.path(y.task) && same_operation(a, b, index) &&
         (!x.is_choice() || x.pick == y.pick) && same_ready(a, b, index);
}

std::string name_step(const Side& side, std::size_t index) {
  if (index >= side.trace().steps.size()) return "has ended";
  const TraceTask& task = side.trace().tasks[side.step(index).task];
  return printable(task.name.empty() ? "task " + task.path : task.name) + " (" +
         side.trace().describe_step(index) + ")";
}

std::string outcome(const Side& side) {
  std::string text = printable(side.schedule.test.empty() ? "?" : side.schedule.test) + ": ";
  if (const auto& failure = side.schedule.failure) {
    text += in_words(failure->kind);
    if (failure->place.known()) text += " at " + printable(to_string(failure->place));
  } else {
    text += "no failure";
  }
  const std::size_t steps = side.trace().steps.size();
  return text + ", " +
         (steps > 0 ? counted(steps, "step") : counted(side.schedule.picks.size(), "pick"));
}

class Writer {
 public:
  Writer(const Side& a, const Side& b) : a_(a), b_(b) {
    width_ = std::max(printable(a.name).size(), printable(b.name).size());
  }

  [[nodiscard]] Comparison compare() {
    both(outcome(a_), outcome(b_));
    Comparison result;
    if (a_.schedule.test != b_.schedule.test) line("they are of different tests");
    compare_settings();
    if (a_.trace().steps.empty() || b_.trace().steps.empty())
      compare_picks(result);
    else
      compare_steps(result);
    result.is_same = result.is_same && a_.schedule.test == b_.schedule.test;
    result.text = std::move(out_);
    return result;
  }

 private:
  void line(std::string_view text) { (out_ += text) += '\n'; }
  void both(std::string_view of_a, std::string_view of_b) {
    side(a_, of_a);
    side(b_, of_b);
  }
  void side(const Side& side, std::string_view text) {
    std::string name = printable(side.name) + ":";
    name.resize(std::max(name.size(), width_ + 1), ' ');
    line("  " + name + " " + std::string(text));
  }

  void compare_settings() {
    if (a_.schedule.await_points != b_.schedule.await_points) {
      line("they were run under different AwaitPoints:");
      both(to_string(a_.schedule.await_points), to_string(b_.schedule.await_points));
    }
    if (a_.schedule.injections != b_.schedule.injections) {
      line("different things could happen in them besides the steps of tasks:");
      both(in_words(a_.schedule.injections), in_words(b_.schedule.injections));
    }
  }

  void compare_picks(Comparison& result) {
    const std::vector<std::uint32_t>& a = a_.schedule.picks;
    const std::vector<std::uint32_t>& b = b_.schedule.picks;
    const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    result.common = static_cast<std::size_t>(in_a - a.begin());
    result.is_same = in_a == a.end() && in_b == b.end();
    if (result.is_same) return line("all " + counted(a.size(), "pick") + " are the same");
    line("only the picks can be compared: one of them has no steps");
    line("the first " + counted(result.common, "pick") + " are the same, the next one differs:");
    both(in_a == a.end() ? "has ended" : std::to_string(*in_a),
         in_b == b.end() ? "has ended" : std::to_string(*in_b));
  }

  void compare_steps(Comparison& result) {
    const std::size_t shorter = std::min(a_.trace().steps.size(), b_.trace().steps.size());
    std::size_t step = 0;
    while (step < shorter && same_step(a_, b_, step)) ++step;
    result.common = step;
    result.is_same = step == a_.trace().steps.size() && step == b_.trace().steps.size();
    tell_moved(step);
    if (result.is_same) {
      line("all " + counted(step, "step") + " are the same");
      return;
    }
    line(step == 0 ? "they differ from the first step on"
                   : "the first " + counted(step, "step") + " are the same" +
                         (step > steps_before ? ", the last of them:" : ":"));
    for (std::size_t i = step - std::min(step, steps_before); i < step; ++i)
      line("  step " + std::to_string(i + 1) + ": " + name_step(a_, i));
    line("step " + std::to_string(step + 1) + " differs:");
    both(name_step(a_, step), name_step(b_, step));
    if (step < shorter) line(meaning(step));
  }

  /// Same steps at other lines: an edit, which says that one of the files is older than the other.
  void tell_moved(std::size_t steps) {
    std::size_t moved = 0;
    std::size_t first = 0;
    for (std::size_t i = 0; i < steps; ++i)
      if (a_.step(i).place != b_.step(i).place && moved++ == 0) first = i;
    if (moved == 0) return;
    line(counted(moved, "step") + (moved == 1 ? " is" : " are") +
         " at another place: the code was edited between the two; the first is step " +
         std::to_string(first + 1) + ":");
    both(printable(to_string(a_.step(first).place)), printable(to_string(b_.step(first).place)));
  }

  [[nodiscard]] std::string meaning(std::size_t step) const {
    const TraceStep& x = a_.step(step);
    const TraceStep& y = b_.step(step);
    if (x.is_choice() && y.is_choice() && x.alternatives == y.alternatives &&
        same_operation(a_, b_, step))
      return "the same choice, and another value was taken";
    if (!x.is_choice() && !y.is_choice() && same_ready(a_, b_, step)) {
      if (x.pick != y.pick) return "the same tasks were ready, and another one was picked";
      return "the same picks led to another step: the code differs between the two, so that one of "
             "them is stale, or the test is not deterministic";
    }
    return "other tasks were ready after the same picks: the code differs between the two, so that "
           "one of them is stale, or the test is not deterministic";
  }

  const Side& a_;
  const Side& b_;
  std::size_t width_ = 0;
  std::string out_;
};

}  // namespace

Comparison compare(const Schedule& a, const std::string& name_of_a, const Schedule& b,
                   const std::string& name_of_b) {
  const Side first{a, name_of_a};
  const Side second{b, name_of_b};
  return Writer(first, second).compare();
}

}  // namespace coweave
