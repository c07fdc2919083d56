#include "coweave/report/html/page_data.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "coweave/core/words.hpp"
#include "coweave/diagnosis/diagnosis.hpp"
#include "coweave/exploration/failures/story.hpp"
#include "coweave/report/html/source_excerpts.hpp"
#include "coweave/report/selection.hpp"
#include "coweave/report/text/text_layout.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t most_ready = 24;  // Of a scheduling point, by name; the rest is counted.
constexpr std::int64_t nothing = -1;

/// Texts and places repeat: a step refers to them by number.
class Pool {
 public:
  std::int64_t text(const std::string& text) {
    const auto [known, is_new] = texts_.emplace(text, texts_.size());
    if (is_new) text_list_.push_back(text);
    return static_cast<std::int64_t>(known->second);
  }
  std::int64_t place(const SourceLine& place) {
    if (!place.known()) return nothing;
    const auto [known, is_new] = places_.emplace(std::pair(place.file, place.line), places_.size());
    if (is_new) {
      place_list_.push_back({printable(place.file), place.line});
      wanted_[place.file].insert(place.line);
    }
    return static_cast<std::int64_t>(known->second);
  }

  [[nodiscard]] OrderedJson texts() const { return text_list_; }
  [[nodiscard]] OrderedJson places() const { return place_list_; }
  [[nodiscard]] const std::map<std::string, std::set<std::uint32_t>>& wanted() const {
    return wanted_;
  }

 private:
  std::unordered_map<std::string, std::size_t> texts_;
  std::map<std::pair<std::string, std::uint32_t>, std::size_t> places_;
  OrderedJson text_list_ = OrderedJson::array();
  OrderedJson place_list_ = OrderedJson::array();
  std::map<std::string, std::set<std::uint32_t>> wanted_;
};

/// The steps [first, end) of a trace.
struct Window {
  std::size_t first = 0;
  std::size_t end = 0;
};

/// One execution. Numbers of steps are those of the trace, also where the page begins later.
class RunData {
 public:
  RunData(const Trace& trace, Window window, Pool& pool)
      : trace_(trace), window_(window), pool_(pool) {}

  [[nodiscard]] OrderedJson json() {
    find_ready_since();
    OrderedJson run{{"total", trace_.steps.size()}, {"first", window_.first}};
    run["steps"] = OrderedJson::array();
    for (std::size_t i = window_.first; i < window_.end; ++i) run["steps"].push_back(step(i));
    run["blocked"] = OrderedJson::array();
    for (const TraceBlocked& blocked : trace_.blocked)
      run["blocked"].push_back(
          {{"task", used(blocked.task)},
           {"text", pool_.text(trace_.describe(blocked.operation, blocked.object))},
           {"place", pool_.place(blocked.place)},
           {"since", blocked.since_step}});
    run["held"] = held();
    run["tasks"] = tasks();
    return run;
  }

 private:
  /// Since which scheduling point the task of each step has been ready.
  void find_ready_since() {
    constexpr auto never = static_cast<std::size_t>(-1);
    std::vector<std::size_t> since(trace_.tasks.size(), never);
    ready_since_.resize(trace_.steps.size());
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) {
      const TraceStep& step = trace_.steps[i];
      for (const std::uint32_t task : step.ready)
        if (since[task] == never) since[task] = i;
      ready_since_[i] = std::min(i, since[step.task]);
      if (step.is_step()) since[step.task] = never;
    }
    for (std::size_t task = 0; task < since.size(); ++task)
      if (since[task] != never) ready_at_end_.emplace(task, since[task]);
  }

  /// Tasks that nothing on the page refers to are not on it: there may be a million.
  std::uint32_t used(std::uint32_t task) {
    const auto [known, is_new] =
        numbers_.emplace(task, static_cast<std::uint32_t>(used_tasks_.size()));
    if (is_new) used_tasks_.push_back(task);
    return known->second;
  }

  [[nodiscard]] std::string operation_text(std::size_t index) const {
    const TraceStep& step = trace_.steps[index];
    if (!step.is_choice()) return trace_.describe(step.operation, step.object);
    std::string text = trace_.describe_step(index);
    if (step.place.known()) {  // It is shown apart.
      const std::string at = " at " + printable(to_string(step.place));
      text.resize(text.size() - std::min(text.size(), at.size()));
    }
    return text;
  }

  [[nodiscard]] OrderedJson step(std::size_t index) {
    const TraceStep& step = trace_.steps[index];
    OrderedJson json{{"t", used(step.task)},
                     {"o", pool_.text(operation_text(index))},
                     {"p", pool_.place(step.place)}};
    if (!step.is_step()) json["x"] = step.is_choice() ? "choice" : "injection";
    if (step.alternatives > 1) json["k"] = {step.pick, step.alternatives};
    if (step.ready.size() > 1 || (step.injections > 0 && !step.ready.empty())) {
      json["r"] = OrderedJson::array();
      for (std::size_t i = 0; i < std::min(step.ready.size(), most_ready); ++i)
        json["r"].push_back(used(step.ready[i]));
      if (step.ready.size() > most_ready) json["rn"] = step.ready.size() - most_ready;
    }
    if (ready_since_[index] != index) json["s"] = ready_since_[index];
    for (const TraceEffect& effect : step.effects) json["e"].push_back(effect_json(effect));
    return json;
  }

  [[nodiscard]] OrderedJson effect_json(const TraceEffect& effect) {
    TraceEffect without_place = effect;
    without_place.place = {};
    return {to_string(effect.kind), pool_.text(trace_.describe_effect(without_place)),
            pool_.place(effect.place), effect.other ? std::int64_t{used(*effect.other)} : nothing};
  }

  [[nodiscard]] OrderedJson held() {
    OrderedJson list = OrderedJson::array();
    for (const HeldSpan& span : held_spans(trace_)) {
      const bool is_over = span.last_step && *span.last_step < window_.first;
      if (is_over || span.first_step >= window_.end) continue;
      list.push_back({{"task", used(span.task)},
                      {"text", pool_.text(trace_.describe_object(span.object))},
                      {"from", span.first_step},
                      {"to", span.last_step ? OrderedJson(*span.last_step) : OrderedJson()}});
    }
    return list;
  }

  /// In order of creation, as the reader knows them. The others refer to them by "n".
  [[nodiscard]] OrderedJson tasks() {
    std::vector<std::uint32_t> order(used_tasks_);
    std::sort(order.begin(), order.end());
    OrderedJson list = OrderedJson::array();
    for (const std::uint32_t task : order) {
      const TraceTask& known = trace_.tasks[task];
      OrderedJson json{{"n", numbers_[task]},
                       {"name", printable(known.name.empty() ? "task " + known.path : known.name)},
                       {"path", printable(known.path)},
                       {"place", pool_.place(known.place)}};
      if (known.is_daemon) json["daemon"] = true;
      if (const auto ready = ready_at_end_.find(task); ready != ready_at_end_.end())
        json["ready"] = ready->second;
      list.push_back(std::move(json));
    }
    return list;
  }

  const Trace& trace_;
  Window window_;
  Pool& pool_;
  std::vector<std::size_t> ready_since_;
  std::unordered_map<std::size_t, std::size_t> ready_at_end_;
  std::unordered_map<std::uint32_t, std::uint32_t> numbers_;
  std::vector<std::uint32_t> used_tasks_;
};

/// So many steps that the failure and what follows it fit, if they do.
Window window_of(const Schedule& schedule, const HtmlOptions& options) {
  const std::size_t steps = schedule.trace.steps.size();
  const std::size_t most = std::max<std::size_t>(options.most_steps, 1);
  if (options.first_step != HtmlOptions::automatic) {
    const std::size_t first = std::min(options.first_step, steps);
    return {first, std::min(steps, first + std::min(most, steps))};
  }
  if (steps <= most) return {0, steps};
  std::size_t end = steps;
  if (schedule.failure && schedule.failure->step < steps)
    end = std::min<std::size_t>(
        steps, std::max<std::size_t>(schedule.failure->step + most / 10 + 1, most));
  return {end - most, end};
}

/// Printable, but for the ends of its lines.
std::string printable_lines(std::string_view text) {
  std::string lines;
  for (const std::string_view line : split_lines(text))
    (lines += lines.empty() ? "" : "\n") += printable(line);
  return lines;
}

OrderedJson failure_json(const ScheduleFailure& failure, Pool& pool) {
  return {{"kind", in_words(failure.kind)},
          {"message", printable_lines(failure.message)},
          {"place", pool.place(failure.place)},
          {"step", failure.step}};
}

OrderedJson facts_of(const Schedule& schedule) {
  const std::size_t deviations = schedule.deviations();
  OrderedJson facts = OrderedJson::array();
  facts.push_back({"steps", std::to_string(schedule.trace.step_count())});
  facts.push_back({"deviations from production order",
                   std::to_string(deviations) + " in " + counted(schedule.picks.size(), "pick")});
  facts.push_back({"await points", to_string(schedule.await_points)});
  if (!schedule.strategy.empty())
    facts.push_back({"found by", printable(schedule.strategy) + ", seed " +
                                     std::to_string(schedule.seed) + ", execution " +
                                     std::to_string(schedule.execution)});
  if (schedule.injections != Injections{})
    facts.push_back({"what else may happen", printable(in_words(schedule.injections))});
  return facts;
}

OrderedJson sources_json(const Pool& pool, const std::filesystem::path& root) {
  OrderedJson sources = OrderedJson::object();
  for (const auto& [file, excerpts] : source_excerpts(root, pool.wanted())) {
    OrderedJson& list = sources[printable(file)];
    for (const SourceExcerpt& excerpt : excerpts)
      list.push_back({{"first", excerpt.first}, {"lines", excerpt.lines}});
  }
  return sources;
}

/// An argument of a shell's command line.
std::string shell_quoted(std::string_view text) {
  std::string plain = printable(text);
  const bool is_plain =
      !plain.empty() && std::all_of(plain.begin(), plain.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c >= 0x80 ||
               std::string_view("-_./=+,@%").find(static_cast<char>(c)) != std::string_view::npos;
      });
  if (is_plain && plain.front() != '-') return plain;
  std::string quoted = plain.starts_with('-') ? "'./" : "'";
  for (const char c : plain) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

/// JSON as it may stand in a script element, which `</script` and `<!--` would end or change.
std::string within_script(const OrderedJson& json) {
  const std::string text = json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      safe += "\\u003c";
    else if (c == '&')
      safe += "\\u0026";
    else
      safe += c;
  }
  return safe;
}

}  // namespace

std::string page_data(const Schedule& schedule, const HtmlOptions& options) {
  Pool pool;
  OrderedJson data{{"test", printable(schedule.test)}, {"facts", facts_of(schedule)}};
  if (schedule.failure) data["failure"] = failure_json(*schedule.failure, pool);
  data["diagnosis"] = OrderedJson::array();
  for (const std::string& line : diagnose(schedule)) data["diagnosis"].push_back(printable(line));
  data["notes"] = OrderedJson::array();
  for (const std::string& note : schedule.explanation.notes)
    data["notes"].push_back(printable(note));
  data["needs"] = OrderedJson::array();
  for (const ScheduleNeed& need : schedule.explanation.needs)
    data["needs"].push_back({{"step", need.step},
                             {"steps", steps_of(schedule.trace, need)},
                             {"text", printable(need.text)}});
  if (!options.schedule_file.empty()) {
    data["file"] = printable(options.schedule_file);
    data["replay"] = "coweave replay " + shell_quoted(options.schedule_file) + " -- TEST_BINARY";
    data["rest"] = "coweave html --first STEP " + shell_quoted(options.schedule_file);
  }
  const Window window = window_of(schedule, options);
  data["runs"].push_back(RunData(schedule.trace, window, pool).json());
  if (const auto& passing = schedule.explanation.passing) {
    const std::size_t end =
        std::min(passing->trace.steps.size(),
                 window.end + (window.end == schedule.trace.steps.size()
                                   ? std::max<std::size_t>(options.most_steps, 1)
                                   : 0));
    data["parting"] = passing->step;
    data["claim"] = passing_claim(passing->is_last);
    data["runs"].push_back(
        RunData(passing->trace, {std::min(window.first, end), end}, pool).json());
  }
  data["sources"] = sources_json(pool, options.source_root);
  data["texts"] = pool.texts();
  data["places"] = pool.places();
  return within_script(data);
}

}  // namespace coweave::detail
