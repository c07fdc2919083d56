#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <vector>

#include "coweave/core/words.hpp"
#include "coweave/diagnosis/diagnosis.hpp"
#include "coweave/report/export/export.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave {
namespace {

using OrderedJson = nlohmann::ordered_json;

// In microseconds. Steps take no time of their own: each gets a slot, and leaves a gap in it.
constexpr std::uint64_t slot = 1'000;
constexpr std::uint64_t length = 900;

std::uint64_t start_of(std::size_t step) { return step * slot; }
std::uint64_t end_of(std::size_t step) { return step * slot + length; }

/// One execution as a process of the trace.
class Process {
 public:
  Process(const Trace& trace, std::uint32_t pid, OrderedJson& events)
      : trace_(trace), pid_(pid), events_(events) {}

  void write(std::string_view name) {
    find_next_steps();
    metadata("process_name", std::nullopt, {{"name", printable(name)}});
    metadata("process_sort_index", std::nullopt, {{"sort_index", pid_}});
    for (std::uint32_t task = 0; task < trace_.tasks.size(); ++task) {
      metadata("thread_name", task, {{"name", task_name(task)}});
      metadata("thread_sort_index", task, {{"sort_index", task}});
    }
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) write_step(i);
    for (const TraceBlocked& blocked : trace_.blocked) write_blocked(blocked);
    std::uint64_t number = 0;
    for (const HeldSpan& span : held_spans(trace_)) write_held(span, ++number);
  }

  void write_mark(std::size_t step, const std::string& text, std::string_view scope) {
    if (step >= trace_.steps.size()) return;
    OrderedJson event =
        begin("i", text, "mark", trace_.steps[step].task, start_of(step) + length / 2);
    event["s"] = scope;
    events_.push_back(std::move(event));
  }

 private:
  /// For each step the next one of every task that it wakes: read backwards.
  void find_next_steps() {
    std::vector<std::optional<std::size_t>> next(trace_.tasks.size());
    woken_at_.resize(trace_.steps.size());
    for (std::size_t i = trace_.steps.size(); i-- > 0;) {
      for (const TraceEffect& effect : trace_.steps[i].effects)
        woken_at_[i].push_back(effect.other ? next[*effect.other] : std::nullopt);
      if (trace_.steps[i].is_step()) next[trace_.steps[i].task] = i;
    }
  }

  [[nodiscard]] std::string task_name(std::uint32_t task) const {
    const TraceTask& known = trace_.tasks[task];
    return printable(known.name.empty() ? "task " + known.path : known.name);
  }

  void metadata(std::string_view name, std::optional<std::uint32_t> task, OrderedJson arguments) {
    OrderedJson event{{"ph", "M"}, {"name", name}, {"pid", pid_}};
    if (task) event["tid"] = *task + 1;  // Perfetto takes thread 0 for the idle one.
    event["args"] = std::move(arguments);
    events_.push_back(std::move(event));
  }

  [[nodiscard]] OrderedJson begin(std::string_view phase, std::string name,
                                  std::string_view category, std::uint32_t task,
                                  std::uint64_t time) const {
    return {{"ph", phase}, {"name", std::move(name)}, {"cat", category},
            {"pid", pid_}, {"tid", task + 1},         {"ts", time}};
  }

  void write_step(std::size_t index) {
    const TraceStep& step = trace_.steps[index];
    OrderedJson event = begin("X", trace_.describe(step.operation, step.object),
                              step.is_choice() ? "choice"
                              : step.is_step() ? "step"
                                               : "injection",
                              step.task, start_of(index));
    event["dur"] = length;
    OrderedJson arguments{{"step", index + 1}};
    if (step.place.known()) arguments["place"] = printable(to_string(step.place));
    if (step.alternatives > 1)
      arguments["pick"] = std::to_string(step.pick) + " of " + std::to_string(step.alternatives);
    if (step.alternatives > 1 && step.pick != 0) arguments["deviation"] = true;
    for (const TraceEffect& effect : step.effects)
      arguments["does"].push_back(trace_.describe_effect(effect));
    event["args"] = std::move(arguments);
    events_.push_back(std::move(event));
    for (std::size_t i = 0; i < step.effects.size(); ++i)
      if (woken_at_[index][i]) write_flow(index, step.effects[i], *woken_at_[index][i]);
  }

  void write_flow(std::size_t from, const TraceEffect& effect, std::size_t to) {
    const std::string name(to_string(effect.kind));
    const std::uint64_t id = std::uint64_t{pid_} << 32U | ++flows_;
    OrderedJson start =
        begin("s", name, "flow", trace_.steps[from].task, start_of(from) + length / 2);
    start["id"] = id;
    events_.push_back(std::move(start));
    OrderedJson end = begin("f", name, "flow", trace_.steps[to].task, start_of(to) + 1);
    end["id"] = id;
    end["bp"] = "e";  // It belongs to the slice around it, not to the next one.
    events_.push_back(std::move(end));
  }

  void write_blocked(const TraceBlocked& blocked) {
    const std::uint64_t start = end_of(blocked.since_step);
    OrderedJson event = begin("X", "waits: " + trace_.describe(blocked.operation, blocked.object),
                              "blocked", blocked.task, start);
    event["dur"] = start_of(trace_.steps.size()) + slot - start;
    if (blocked.place.known()) event["args"]["place"] = printable(to_string(blocked.place));
    events_.push_back(std::move(event));
  }

  void write_held(const HeldSpan& span, std::uint64_t number) {
    const std::string id = std::to_string(pid_) + "." + std::to_string(number);
    const std::string name = task_name(span.task) + " holds " + trace_.describe_object(span.object);
    const auto write = [&](std::string_view phase, std::uint64_t time) {
      OrderedJson event = begin(phase, name, "held", span.task, time);
      event["id"] = id;
      events_.push_back(std::move(event));
    };
    write("b", start_of(span.first_step) + length / 2);
    write("e", span.last_step ? start_of(*span.last_step) + length / 2 + 1
                              : start_of(trace_.steps.size()) + slot);
  }

  const Trace& trace_;
  std::uint32_t pid_;
  OrderedJson& events_;
  std::vector<std::vector<std::optional<std::size_t>>> woken_at_;  // By step and effect.
  std::uint64_t flows_ = 0;
};

}  // namespace

std::string to_chrome_trace(const Schedule& schedule) {
  OrderedJson events = OrderedJson::array();
  const std::string name = schedule.test.empty() ? "schedule" : schedule.test;
  Process failing(schedule.trace, 1, events);
  failing.write(name);
  for (const ScheduleNeed& need : schedule.explanation.needs)
    failing.write_mark(need.step, "needed: " + printable(need.text), "t");
  if (const auto& failure = schedule.failure)
    failing.write_mark(failure->step, in_words(failure->kind) + ": " + printable(failure->message),
                       "g");
  if (const auto& passing = schedule.explanation.passing)
    Process(passing->trace, 2, events).write("passing: " + name);
  const OrderedJson trace{
      {"traceEvents", std::move(events)},
      {"displayTimeUnit", "ms"},
      {"otherData", {{"test", printable(name)}, {"clock", "steps, a millisecond each"}}}};
  return trace.dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace coweave
