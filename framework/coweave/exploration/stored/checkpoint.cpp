#include "coweave/exploration/stored/checkpoint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "coweave/core/error.hpp"
#include "coweave/exploration/process/signal_safe_writer.hpp"
#include "coweave/schedule/file/json_cursor.hpp"
#include "coweave/schedule/file/running_program.hpp"
#include "coweave/schedule/file/whole_file.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::string_view format_name = "coweave-checkpoint";
constexpr std::uint32_t format_version = 1;
constexpr std::size_t most_checkpoint_bytes = std::size_t{1} << 30U;

/// All that the search tree depends on besides the program.
std::string in_words(const Options& options, const std::string& strategy) {
  return strategy + ", AwaitPoints::" + std::string(to_string(options.await_points)) +
         ", max_steps " + std::to_string(options.max_steps) + ", " +
         in_words(injections_of(options));
}

/// The members of the file that do not change while a search goes on, in the order of the file.
OrderedJson head_of(const std::string& test, const std::string& search,
                    const std::string& program) {
  return {{"format", format_name},    {"version", format_version}, {"test", test},
          {"binary", program_name()}, {"search", search},          {"program", program}};
}

std::string text_of(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

constinit thread_local CheckpointAtDeath* innermost = nullptr;

void must_be(const JsonCursor& at, const std::string& expected, std::string_view reason) {
  if (at.string() == expected) return;
  at.fail_because("expected " + quote(expected) + ", found " + quote(at.string()) + ": " +
                  std::string(reason));
}

}  // namespace

Checkpoint::Checkpoint(const Options& options, const std::string& strategy, std::uint64_t program)
    : file_(options.checkpoint),
      test_(options.name),
      search_(in_words(options, strategy)),
      program_(std::to_string(program)) {}

bool Checkpoint::is_of(const Options& options, const std::string& strategy) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::status(options.checkpoint, ignored))) return false;
  const nlohmann::json json = nlohmann::json::parse(
      read_whole_file(options.checkpoint, most_checkpoint_bytes), nullptr, false);
  return json.is_object() && json.contains("search") &&
         json["search"] == in_words(options, strategy);
}

std::optional<Checkpoint::State> Checkpoint::load() {
  std::error_code ignored;  // What cannot be looked at cannot be read either.
  if (!std::filesystem::exists(std::filesystem::status(file_, ignored))) return std::nullopt;
  const std::string text = read_whole_file(file_, most_checkpoint_bytes);
  const std::string source = printable(file_.string());
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error(source + ": expected a checkpoint, found no JSON object");
  const auto member = [&](std::string_view key) {
    const auto found = json.find(key);
    return JsonCursor(source, key, found == json.end() ? nullptr : &*found);
  };
  must_be(member("format"), std::string(format_name), "not a checkpoint");
  if (const JsonCursor version = member("version"); version.number() != format_version)
    version.fail(std::to_string(format_version));
  must_be(member("test"), test_, "it is another test's");
  must_be(member("search"), search_, "the options have changed; remove the file to begin anew");
  must_be(member("program"), program_, "the program has changed; remove the file to begin anew");
  State state;
  state.schedules = member("schedules").wide_number();
  state.steps = member("steps").wide_number();
  state.injected = member("injected").wide_number();
  const JsonCursor position = member("position");
  const std::size_t size = position.list_size();
  state.position.reserve(size);
  for (std::size_t i = 0; i < size; ++i)
    state.position.push_back(position.element(i).wide_number());
  is_ours_ = true;
  return state;
}

void Checkpoint::save(const State& state) {
  OrderedJson json = head_of(test_, search_, program_);
  json["schedules"] = state.schedules;
  json["steps"] = state.steps;
  json["injected"] = state.injected;
  json["position"] = state.position;
  write_whole_file(file_, text_of(json) + "\n");
  is_ours_ = true;
}

void Checkpoint::remove() {
  std::error_code ignored;  // A file that stays is refused or completed at once by the next run.
  if (std::exchange(is_ours_, false)) std::filesystem::remove(file_, ignored);
}

CheckpointAtDeath::CheckpointAtDeath(const Checkpoint& checkpoint)
    : head_(text_of(head_of(checkpoint.test_, checkpoint.search_, checkpoint.program_))),
      process_(::getpid()),
      outer_(innermost) {
  head_.pop_back();  // The brace: more members follow.
  std::error_code error;
  const std::filesystem::path file = std::filesystem::absolute(checkpoint.file_, error);
  std::filesystem::create_directories(file.parent_path(), error);  // Else nothing can be written.
  file_ = file.string();
  temporary_ =
      (file.parent_path() / (".coweave-" + std::to_string(process_) + "-checkpoint.tmp")).string();
  innermost = this;
}

CheckpointAtDeath::~CheckpointAtDeath() { innermost = outer_; }

void CheckpointAtDeath::note(Checkpoint::State state) {
  Checkpoint::State& next = noted_.load() == states_.data() ? states_[1] : states_[0];
  next = std::move(state);
  noted_.store(&next);
}

void CheckpointAtDeath::save_all() {
  for (const CheckpointAtDeath* one = innermost; one != nullptr; one = one->outer_) {
    const Checkpoint::State* const state = one->noted_.load();
    if (state != nullptr && one->process_ == ::getpid()) one->save(*state);
  }
}

void CheckpointAtDeath::save(const Checkpoint::State& state) const {
  constexpr mode_t permissions = 0666;
  const int descriptor =
      ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions);
  if (descriptor < 0) return;
  SignalSafeWriter out(descriptor);
  out << head_ << R"(,"schedules":)" << state.schedules << R"(,"steps":)" << state.steps
      << R"(,"injected":)" << state.injected << R"(,"position":[)";
  bool is_first = true;
  for (const std::uint64_t number : state.position) {
    if (!is_first) out << ",";
    is_first = false;
    out << number;
  }
  out << "]}\n";
  const bool is_written = out.flush();
  if (::close(descriptor) != 0 || !is_written || ::rename(temporary_.c_str(), file_.c_str()) != 0)
    static_cast<void>(::unlink(temporary_.c_str()));
}

}  // namespace coweave::detail
