#include <iterator>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "coweave/core/error.hpp"
#include "coweave/schedule/file/json_cursor.hpp"
#include "coweave/schedule/file/json_stream.hpp"
#include "coweave/schedule/file/schedule_format.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave {
namespace {

using detail::Json;
using detail::JsonCursor;
using detail::Wanted;

/// Paths to positions in Trace::tasks or Trace::objects.
using Paths = std::unordered_map<std::string, std::uint32_t>;

/// What the steps of a trace refer to.
struct Names {
  Names(Trace& named, std::string_view prefix_of_keys) : trace(named), prefix(prefix_of_keys) {}
  Trace& trace;
  std::string_view prefix;  ///< Of the keys of its lists in the file.
  Paths tasks;
  Paths objects;
};

/// The enumerator of that name: the first to_string that says so. Enumerators count from 0 without
/// a gap and to_string knows each, so this follows an enum that grows.
template <class Enum>
[[nodiscard]] std::optional<Enum> enumerator(std::string_view name) {
  for (std::uint8_t number = 0; to_string(static_cast<Enum>(number)) != "?"; ++number)
    if (to_string(static_cast<Enum>(number)) == name) return static_cast<Enum>(number);
  return std::nullopt;
}

template <class Enum>
[[nodiscard]] Enum read_enum(const JsonCursor& at, std::string_view expected) {
  const auto found = enumerator<Enum>(at.string());
  if (!found) at.fail(expected);
  return *found;
}

[[nodiscard]] OperationKind read_operation(const JsonCursor& at) {
  return read_enum<OperationKind>(at, "the name of an operation");
}

[[nodiscard]] SourceLine read_place(const JsonCursor& at) {
  if (!at.is_present()) return {};
  return {at["file"].string(), at["line"].number()};
}

[[nodiscard]] std::string read_optional_string(const JsonCursor& at) {
  return at.is_present() ? at.string() : std::string();
}

[[nodiscard]] std::uint64_t read_fingerprint(const JsonCursor& at) {
  const std::string& digits = at.string();
  std::uint64_t value = 0;
  for (const char c : digits) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) at.fail("16 hexadecimal digits in lower case");
    value = (value << 4U) | digit;
  }
  if (digits.size() != detail::fingerprint_digits) at.fail("16 hexadecimal digits in lower case");
  return value;
}

/// The first pass: what kind of file it is, and what its steps refer to. A JSON object has no
/// order, so the names are known only at the end of the text; a second pass costs less than to keep
/// all steps until then.
class NameReader final : public detail::JsonMembers {
 public:
  NameReader(std::string_view source, Trace& trace, Trace& passing)
      : source_(source), names_(trace, ""), passing_names_(passing, "passing_") {}

  Wanted wanted(std::string_view key) override {
    if (key == "format" || key == "version") return Wanted::whole;
    const bool is_names =
        key == "tasks" || key == "objects" || key == "passing_tasks" || key == "passing_objects";
    return is_names ? Wanted::elements : Wanted::no;
  }

  void member(std::string_view key, const Json& value) override {
    const JsonCursor at(source_, key, &value);
    if (key == "format") {
      has_format_ = true;
      if (at.string() != detail::schedule_format_name) fail_format(at);
    } else if (key == "version") {
      has_version_ = true;
      check_version(at);
    } else {
      at.fail("a list");
    }
  }

  void element(std::string_view key, std::size_t index, const Json& value) override {
    const JsonCursor list(source_, key, &value);
    const JsonCursor at = list.element(index, &value);
    Names& names = key.starts_with("passing_") ? passing_names_ : names_;
    if (key.ends_with("tasks")) {
      const JsonCursor daemon = at["daemon"];
      names.trace.tasks.push_back({at["path"].string(), read_optional_string(at["name"]),
                                   read_place(at["place"]),
                                   daemon.is_present() && daemon.boolean()});
      add(names.tasks, names.trace.tasks.back().path, at["path"], index);
    } else {
      names.trace.objects.push_back(
          {at["path"].string(), read_enum<ObjectKind>(at["kind"], "the name of a kind of object"),
           read_optional_string(at["name"]), read_place(at["place"])});
      add(names.objects, names.trace.objects.back().path, at["path"], index);
    }
  }

  void end_of_list(std::string_view /*key*/, std::size_t /*size*/) override {}

  /// After the text.
  void check_complete() const {
    if (!has_format_) fail_format(JsonCursor(source_, "format", nullptr));
    if (!has_version_)
      JsonCursor(source_, "version", nullptr).fail(std::to_string(detail::schedule_format_version));
  }

  /// What the steps of the schedule refer to, and those of the passing trace.
  [[nodiscard]] const Names& names() const { return names_; }
  [[nodiscard]] const Names& passing_names() const { return passing_names_; }

 private:
  [[noreturn]] static void fail_format(const JsonCursor& at) {
    at.fail('"' + std::string(detail::schedule_format_name) + '"');
  }

  static void check_version(const JsonCursor& at) {
    const std::uint64_t found = at.wide_number();
    const std::string expected = std::to_string(detail::schedule_format_version);
    if (found > detail::schedule_format_version)
      at.fail_because("version " + std::to_string(found) + ", expected " + expected +
                      ": written by a newer Coweave");
    if (found < detail::schedule_format_version) at.fail(expected);
  }

  static void add(Paths& paths, const std::string& path, const JsonCursor& at, std::size_t index) {
    const auto [known, is_new] = paths.emplace(path, static_cast<std::uint32_t>(index));
    if (!is_new)
      at.fail("a path that differs from that of element " + std::to_string(known->second));
  }

  std::string_view source_;
  Names names_;
  Names passing_names_;
  bool has_format_ = false;
  bool has_version_ = false;
};

/// The second pass: everything else.
class ScheduleReader final : public detail::JsonMembers {
 public:
  /// `is_large`: the text is longer than that of a schedule with a trace may be.
  ScheduleReader(std::string_view source, const NameReader& names, bool is_large,
                 Schedule& schedule)
      : source_(source), names_(names), schedule_(schedule), is_large_(is_large) {}

  Wanted wanted(std::string_view key) override {
    if (key == "picks" || key == "steps" || key == "blocked" || key == "needs" || key == "notes" ||
        key == "passing_steps")
      return Wanted::elements;
    const bool is_whole = key == "coweave" || key == "recorded_with" || key == "test" ||
                          key == "program" || key == "await_points" || key == "injections" ||
                          key == "strategy" || key == "failure" || key == "fingerprint" ||
                          key == "passing_step" || key == "passing_is_last";
    return is_whole ? Wanted::whole : Wanted::no;
  }

  void member(std::string_view key, const Json& value) override {
    const JsonCursor at(source_, key, &value);
    if (key == "coweave") {
      static_cast<void>(at.string());  // Which Coweave wrote the file is for the reader only.
    } else if (key == "recorded_with") {
      schedule_.recorded_with = read_versions(at);
    } else if (key == "test") {
      schedule_.test = at.string();
    } else if (key == "program") {
      schedule_.program = at.string();
    } else if (key == "await_points") {
      schedule_.await_points =
          read_enum<AwaitPoints>(at, R"("every", "operations" or "suspending")");
    } else if (key == "injections") {
      read_injections(at);
    } else if (key == "strategy") {
      read_strategy(at);
    } else if (key == "failure") {
      read_failure(at);
    } else if (key == "fingerprint") {
      schedule_.fingerprint = read_fingerprint(at);
    } else if (key == "passing_step") {
      passing_step_ = at.number();
    } else if (key == "passing_is_last") {
      passing_is_last_ = at.boolean();
    } else {
      at.fail("a list");
    }
  }

  void element(std::string_view key, std::size_t index, const Json& value) override {
    const JsonCursor list(source_, key, &value);
    const JsonCursor at = list.element(index, &value);
    if (is_large_ && key != "picks" && key != "notes")
      list.fail_because("expected nothing but picks in more than " +
                        std::to_string(detail::most_schedule_bytes >> 20U) + " MiB, found a list");
    if (index >= detail::most_schedule_steps && key != "picks")
      list.fail_because("expected at most " + std::to_string(detail::most_schedule_steps) +
                        " elements, found more");
    if (key == "picks")
      schedule_.picks.push_back(at.number());
    else if (key == "steps")
      schedule_.trace.steps.push_back(read_step(at, names_.names()));
    else if (key == "passing_steps")
      names_.passing_names().trace.steps.push_back(read_step(at, names_.passing_names()));
    else if (key == "needs")
      schedule_.explanation.needs.push_back(read_need(at));
    else if (key == "notes")
      schedule_.explanation.notes.push_back(at.string());
    else
      schedule_.trace.blocked.push_back(read_blocked(at));
  }

  void end_of_list(std::string_view key, std::size_t /*size*/) override {
    if (key == "picks") has_picks_ = true;
  }

  /// After the text: what concerns more than one member.
  void complete() {
    check_complete();
    if (passing_step_) complete_passing(*passing_step_);
  }

 private:
  void check_complete() const {
    if (!has_picks_) JsonCursor(source_, "picks", nullptr).fail("a list");
    if (schedule_.trace.steps.empty()) return;
    check_picks();
    if (schedule_.failure) check_step("failure", {}, "step", schedule_.failure->step);
    for (std::size_t i = 0; i < schedule_.trace.blocked.size(); ++i)
      check_step("blocked", i, "since_step", schedule_.trace.blocked[i].since_step);
    for (std::size_t i = 0; i < schedule_.explanation.needs.size(); ++i) {
      check_step("needs", i, "step", schedule_.explanation.needs[i].step);
      check_step("needs", i, "last_step", schedule_.explanation.needs[i].last_step);
    }
  }

  /// The file has only the steps of the passing trace that differ; the others are those of the
  /// schedule, with the positions that their tasks and objects have in the passing trace.
  void complete_passing(std::uint32_t step) {
    const Trace& trace = schedule_.trace;
    const Names& names = names_.passing_names();
    if (step > trace.steps.size()) {
      const Json found = step;
      JsonCursor(source_, "passing_step", &found)
          .fail("a number of at most " + std::to_string(trace.steps.size()) +
                ", the number of steps");
    }
    const auto renumber = [this](std::uint32_t& index, const std::string& path, const Paths& paths,
                                 std::string_view list) {
      const auto found = paths.find(path);
      if (found == paths.end())
        JsonCursor(source_, list, nullptr).fail("an element of path " + quote(path));
      index = found->second;
    };
    const auto renumber_task = [&](std::uint32_t& task) {
      renumber(task, trace.tasks[task].path, names.tasks, "passing_tasks");
    };
    const auto renumber_object = [&](std::optional<std::uint32_t>& object) {
      if (object) renumber(*object, trace.objects[*object].path, names.objects, "passing_objects");
    };
    std::vector<TraceStep> steps(trace.steps.begin(), trace.steps.begin() + step);
    for (TraceStep& common : steps) {
      renumber_task(common.task);
      renumber_object(common.object);
      for (std::uint32_t& ready : common.ready) renumber_task(ready);
      for (TraceEffect& effect : common.effects) {
        renumber_object(effect.object);
        if (effect.other) renumber_task(*effect.other);
      }
    }
    steps.insert(steps.end(), std::make_move_iterator(names.trace.steps.begin()),
                 std::make_move_iterator(names.trace.steps.end()));
    names.trace.steps = std::move(steps);
    schedule_.explanation.passing = PassingTrace{step, std::move(names.trace), passing_is_last_};
  }

  void read_injections(const JsonCursor& at) {
    at.must_be_object();
    Injections& injections = schedule_.injections;
    const auto read = [&at](std::string_view key, std::uint32_t& number) {
      if (const JsonCursor found = at[key]; found.is_present()) number = found.number();
    };
    read("cancellations", injections.cancellation.at_most);
    if (const JsonCursor tasks = at["tasks"]; tasks.is_present())
      for (std::size_t i = 0; i < tasks.list_size(); ++i)
        injections.cancellation.tasks.push_back(tasks.element(i).string());
    read("faults", injections.faults);
    read("wakeups", injections.wakeups);
    if (const JsonCursor timers = at["timers"]; timers.is_present())
      injections.timers = read_enum<TimerOrder>(timers, R"("when_idle", "any" or "timeouts")");
    read("early_timers", injections.early_timers);
    if (const JsonCursor resumption = at["inline_resumption"]; resumption.is_present())
      injections.inline_resumption =
          read_enum<InlineResumption>(resumption, R"("explored", "always" or "never")");
  }

  [[nodiscard]] static Versions read_versions(const JsonCursor& at) {
    at.must_be_object();
    return {read_optional_string(at["coweave"]), read_optional_string(at["compiler"]),
            read_optional_string(at["asio"])};
  }

  void read_strategy(const JsonCursor& at) {
    schedule_.strategy = read_optional_string(at["name"]);
    if (const JsonCursor seed = at["seed"]; seed.is_present()) schedule_.seed = seed.wide_number();
    if (const JsonCursor execution = at["execution"]; execution.is_present())
      schedule_.execution = execution.wide_number();
  }

  [[nodiscard]] static ScheduleNeed read_need(const JsonCursor& at) {
    ScheduleNeed need{at["step"].number(), at["text"].string()};
    if (const JsonCursor last = at["last_step"]; last.is_present()) need.last_step = last.number();
    return need;
  }

  void read_failure(const JsonCursor& at) {
    ScheduleFailure failure;
    const JsonCursor kind = at["kind"];
    const auto known = failure_kind_from(kind.string());
    if (!known) kind.fail("the name of a kind of failure");
    failure.kind = *known;
    failure.message = read_optional_string(at["message"]);
    failure.place = read_place(at["place"]);
    if (const JsonCursor step = at["step"]; step.is_present()) failure.step = step.number();
    schedule_.failure = std::move(failure);
  }

  [[nodiscard]] static TraceStep read_step(const JsonCursor& at, const Names& names) {
    TraceStep step;
    step.task = read_task(at["task"], names);
    step.operation = read_operation(at["operation"]);
    step.object = read_object(at["object"], names);
    step.place = read_place(at["place"]);
    const JsonCursor alternatives = at["alternatives"];
    const JsonCursor ready = at["ready"];
    const JsonCursor injections = at["injections"];
    if (step.is_choice()) {
      if (ready.is_present()) ready.fail("no ready tasks in a choice");
      if (injections.is_present()) injections.fail("no injections in a choice");
      step.alternatives = alternatives.number();
      step.pick = at["pick"].number_below(step.alternatives, "the number of alternatives");
    } else if (alternatives.is_present()) {  // What a crash leaves behind.
      if (ready.is_present()) alternatives.fail("no alternatives where ready tasks are listed");
      if (injections.is_present())
        injections.fail("no injections where only the number of alternatives is known");
      step.alternatives = alternatives.number();
      step.pick = at["pick"].number_below(step.alternatives, "the number of alternatives");
    } else {
      const std::size_t size = ready.list_size();
      step.ready.reserve(size);
      for (std::size_t i = 0; i < size; ++i)
        step.ready.push_back(read_task(ready.element(i), names));
      if (injections.is_present())
        step.injections =
            injections.number_below(detail::most_schedule_steps,
                                    "the limit of " + std::to_string(detail::most_schedule_steps));
      step.alternatives = static_cast<std::uint32_t>(size) + step.injections;
      const JsonCursor pick = at["pick"];
      step.pick = pick.number_below(
          step.alternatives, step.injections == 0 ? "the number of ready tasks"
                                                  : "the number of ready tasks and injections");
      if (is_injection(step.operation) != (step.pick >= size))
        pick.fail(step.pick >= size ? "a ready task, as the operation says"
                                    : "an injection, as the operation says");
    }
    if (const JsonCursor effects = at["effects"]; effects.is_present())
      for (std::size_t i = 0; i < effects.list_size(); ++i)
        step.effects.push_back(read_effect(effects.element(i), names));
    return step;
  }

  [[nodiscard]] static TraceEffect read_effect(const JsonCursor& at, const Names& names) {
    TraceEffect effect;
    effect.kind = read_operation(at["operation"]);
    effect.object = read_object(at["object"], names);
    if (const JsonCursor task = at["task"]; task.is_present())
      effect.other = read_task(task, names);
    if (const JsonCursor value = at["value"]; value.is_present()) effect.value = value.number();
    if (const JsonCursor type = at["exception"]; type.is_present())
      effect.exception = type.string();
    effect.place = read_place(at["place"]);
    return effect;
  }

  [[nodiscard]] TraceBlocked read_blocked(const JsonCursor& at) const {
    TraceBlocked blocked;
    blocked.task = read_task(at["task"], names_.names());
    blocked.operation = read_operation(at["operation"]);
    blocked.object = read_object(at["object"], names_.names());
    blocked.place = read_place(at["place"]);
    blocked.since_step = at["since_step"].number();
    const JsonCursor awaits = at["awaits"];
    for (std::size_t i = 0; awaits.is_present() && i < awaits.list_size(); ++i)
      blocked.awaits.push_back(read_task(awaits.element(i), names_.names()));
    return blocked;
  }

  [[nodiscard]] static std::uint32_t read_task(const JsonCursor& at, const Names& names) {
    const auto found = names.tasks.find(at.string());
    if (found == names.tasks.end())
      at.fail("the path of a task in /" + std::string(names.prefix) + "tasks");
    return found->second;
  }

  [[nodiscard]] static std::optional<std::uint32_t> read_object(const JsonCursor& at,
                                                                const Names& names) {
    if (!at.is_present()) return std::nullopt;
    const auto found = names.objects.find(at.string());
    if (found == names.objects.end())
      at.fail("the path of an object in /" + std::string(names.prefix) + "objects");
    return found->second;
  }

  void check_picks() const {
    const JsonCursor list(source_, "picks", nullptr);
    std::size_t next = 0;
    for (std::size_t i = 0; i < schedule_.trace.steps.size(); ++i) {
      const TraceStep& step = schedule_.trace.steps[i];
      if (step.alternatives < 2) continue;
      const std::string expected = std::to_string(step.pick) + " as in /steps/" + std::to_string(i);
      if (next == schedule_.picks.size()) list.element(next, nullptr).fail(expected);
      const Json found = schedule_.picks[next];
      if (found != step.pick) list.element(next, &found).fail(expected);
      ++next;
    }
    if (next == schedule_.picks.size()) return;
    list.fail_because("expected " + std::to_string(next) +
                      " elements, one for each step with alternatives, found " +
                      std::to_string(schedule_.picks.size()));
  }

  /// `index` is that of an element of the list `member`, if it is one.
  void check_step(std::string_view member, std::optional<std::size_t> index, std::string_view key,
                  std::uint32_t step) const {
    const std::size_t size = schedule_.trace.steps.size();
    if (step < size) return;
    const Json holder{{std::string(key), step}};
    const JsonCursor top(source_, member, &holder);
    const JsonCursor at = index ? top.element(*index, &holder) : top;
    static_cast<void>(at[key].number_below(size, "the number of steps"));
  }

  std::string_view source_;
  const NameReader& names_;
  Schedule& schedule_;
  std::optional<std::uint32_t> passing_step_;
  bool is_large_;
  bool passing_is_last_ = false;
  bool has_picks_ = false;
};

}  // namespace

Schedule Schedule::from_json(std::string_view text, std::string_view source) {
  Schedule schedule;
  Trace passing;
  NameReader names(source, schedule.trace, passing);
  detail::stream_json(text, source, names);
  names.check_complete();
  ScheduleReader rest(source, names, text.size() > detail::most_schedule_bytes, schedule);
  detail::stream_json(text, source, rest);
  rest.complete();
  return schedule;
}

}  // namespace coweave
