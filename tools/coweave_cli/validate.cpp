#include "validate.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include "coweave/core/error.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"
#include "schema_text.hpp"

namespace coweave::cli {
namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

/// valijson reads integers as signed ones, and would take the upper half of the seeds for negative.
/// No bound of the schema lies there, so the largest signed one stands for them. (A callback of the
/// parser could do it too, in time in the square of the number of steps.)
void make_signed(nlohmann::json& document) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto strategy = document.find("strategy");
  if (strategy == document.end()) return;
  for (nlohmann::json& value : *strategy)
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{most})
      value = most;
}

/// Of millions of picks the reader alone looks at the last ones: valijson takes microseconds for
/// each.
void shorten_picks(nlohmann::json& document) {
  constexpr std::size_t most = 100'000;
  const auto picks = document.find("picks");
  if (picks == document.end() || !picks->is_array() || picks->size() <= most) return;
  picks->erase(picks->begin() + static_cast<std::ptrdiff_t>(most), picks->end());
}

class SchemaCheck {
 public:
  SchemaCheck() {
    const nlohmann::json text = nlohmann::json::parse(schedule_schema_text());
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(Adapter(text), schema_);
  }

  /// What is wrong with the file, if anything.
  [[nodiscard]] std::optional<std::string> complaint(const std::string& file) const {
    std::ifstream in(file, std::ios::binary);
    nlohmann::json document = nlohmann::json::parse(in);
    make_signed(document);
    shorten_picks(document);
    valijson::ValidationResults results;
    valijson::Validator validator;
    if (validator.validate(schema_, Adapter(document), &results)) return std::nullopt;
    // Errors come from the inside outwards: the first one is the closest.
    valijson::ValidationResults::Error error;
    results.popError(error);
    std::string way;
    for (const std::string& part : error.context)
      if (part != "<root>") way += '/' + part.substr(1, part.size() - 2);
    return printable("at " + (way.empty() ? "/" : way) + ": " + error.description);
  }

 private:
  valijson::Schema schema_;
};

/// The reader comes first: it has limits and the better messages. The schema is for other tools,
/// and a file that only one of the two accepts is a fault that must not stay hidden.
[[nodiscard]] bool is_valid(const std::string& file, const SchemaCheck& schema) {
  try {
    static_cast<void>(Schedule::load(file));
    if (const auto complaint = schema.complaint(file)) {
      std::cout << printable(file) << ": " << *complaint << '\n';
      return false;
    }
  } catch (const Error& error) {
    std::cout << error.what() << '\n';
    return false;
  } catch (const nlohmann::json::exception&) {
    std::cout << printable(file) << ": changed while it was read\n";
    return false;
  }
  std::cout << printable(file) << ": valid\n";
  return true;
}

}  // namespace

void add_validate(CLI::App& app, Invocation& invocation) {
  const auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("validate", "Check that files are schedules");
  command->add_option("FILE", *files, "The schedules")->required();
  command->callback([files, &invocation] {
    const SchemaCheck schema;
    for (const std::string& file : *files)
      if (!is_valid(file, schema)) invocation.exit_code = exit_usage;
    if (!(std::cout << std::flush)) throw Error("coweave: cannot write to standard output");
  });
}

}  // namespace coweave::cli
