#include "coweave/exploration/checkpoint.hpp"

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "coweave/core/error.hpp"
#include "coweave/schedule/json_cursor.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/whole_file.hpp"

namespace coweave::detail {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format_name = "coweave-checkpoint";
constexpr std::uint32_t format_version = 1;
constexpr std::size_t most_bytes = std::size_t{1} << 30U;

/// All that the search tree depends on besides the program.
std::string in_words(const Options& options, const std::string& strategy) {
  return strategy + ", AwaitPoints::" + std::string(to_string(options.await_points)) +
         ", max_steps " + std::to_string(options.max_steps) + ", " +
         in_words(injections_of(options));
}

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
  const nlohmann::json json =
      nlohmann::json::parse(read_whole_file(options.checkpoint, most_bytes), nullptr, false);
  return json.is_object() && json.contains("search") &&
         json["search"] == in_words(options, strategy);
}

std::optional<Checkpoint::State> Checkpoint::load() {
  std::error_code ignored;  // What cannot be looked at cannot be read either.
  if (!std::filesystem::exists(std::filesystem::status(file_, ignored))) return std::nullopt;
  const std::string text = read_whole_file(file_, most_bytes);
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
  const Json json{
      {"format", format_name}, {"version", format_version},  {"test", test_},
      {"search", search_},     {"program", program_},        {"schedules", state.schedules},
      {"steps", state.steps},  {"injected", state.injected}, {"position", state.position}};
  write_whole_file(file_, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  is_ours_ = true;
}

void Checkpoint::remove() {
  std::error_code ignored;  // A file that stays is refused or completed at once by the next run.
  if (std::exchange(is_ours_, false)) std::filesystem::remove(file_, ignored);
}

}  // namespace coweave::detail
