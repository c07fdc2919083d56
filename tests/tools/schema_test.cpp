// The JSON Schema and the reader describe one format: what the writer writes passes both, and what
// is broken in structure passes neither.

#include <gmock/gmock.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "coweave/core/error.hpp"
#include "coweave/schedule/schedule.hpp"
#include "framework/schedule/sample_schedule.hpp"

namespace coweave {
namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

class ScheduleSchema : public testing::Test {
 protected:
  ScheduleSchema() {
    std::ifstream file(COWEAVE_SCHEMA_FILE);
    text_ = Json::parse(file);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(Adapter(text_), schema_);
  }

  [[nodiscard]] bool accepts(const Json& document) const {
    return valijson::Validator().validate(schema_, Adapter(document), nullptr);
  }

  /// The sample with a change of its structure.
  template <class Change>
  void expect_both_refuse(Change change) const {
    Json document = Json::parse(samples::explained().to_json(), make_signed);
    change(document);
    EXPECT_FALSE(accepts(document)) << document.dump(2);
    EXPECT_THROW(static_cast<void>(Schedule::from_json(document.dump(), "f.json")), Error)
        << document.dump(2);
  }

  /// valijson reads integers as signed ones, see tools/coweave_cli/validate.cpp.
  static bool make_signed(int /*depth*/, Json::parse_event_t /*event*/, Json& value) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{most})
      value = most;
    return true;
  }

  Json text_;
  valijson::Schema schema_;
};

TEST_F(ScheduleSchema, AcceptsWhatTheWriterWrites) {
  EXPECT_TRUE(accepts(Json::parse(Schedule{}.to_json())));
  EXPECT_TRUE(accepts(Json::parse(samples::explained().to_json(), make_signed)));
  Schedule crash = samples::small();
  crash.program = "bank_test";
  for (TraceStep& step : crash.trace.steps) step.ready.clear();
  EXPECT_TRUE(accepts(Json::parse(crash.to_json(), make_signed)));
  Rng rng(2);
  for (int i = 0; i < 300; ++i) {
    const std::string text = samples::any(rng).to_json();
    ASSERT_TRUE(accepts(Json::parse(text, make_signed))) << text;
  }
}

TEST_F(ScheduleSchema, AcceptsUnknownKeys) {
  Json document = Json::parse(samples::explained().to_json(), make_signed);
  document["later"] = 1;
  document["steps"][0]["later"] = Json::array();
  EXPECT_TRUE(accepts(document));
}

TEST_F(ScheduleSchema, KnowsEveryName) {
  const auto names = [](auto first) {
    Json list = Json::array();
    using Enum = decltype(first);
    for (std::uint8_t i = 0; to_string(static_cast<Enum>(i)) != "?"; ++i)
      list.push_back(to_string(static_cast<Enum>(i)));
    return list;
  };
  EXPECT_EQ(text_["definitions"]["operation"]["enum"], names(OperationKind{}));
  EXPECT_EQ(text_["properties"]["objects"]["items"]["properties"]["kind"]["enum"],
            names(ObjectKind{}));
  EXPECT_EQ(text_["properties"]["await_points"]["enum"], names(AwaitPoints{}));
  EXPECT_EQ(text_["properties"]["failure"]["properties"]["kind"]["enum"], names(FailureKind{}));
}

TEST_F(ScheduleSchema, RefusesWhatIsMissing) {
  expect_both_refuse([](Json& d) { d.erase("format"); });
  expect_both_refuse([](Json& d) { d.erase("version"); });
  expect_both_refuse([](Json& d) { d.erase("picks"); });
  expect_both_refuse([](Json& d) { d["failure"].erase("kind"); });
  expect_both_refuse([](Json& d) { d["failure"]["place"].erase("line"); });
  expect_both_refuse([](Json& d) { d["tasks"][0].erase("path"); });
  expect_both_refuse([](Json& d) { d["objects"][0].erase("kind"); });
  for (const char* key : {"task", "operation", "pick", "ready"})
    expect_both_refuse([key](Json& d) { d["steps"][0].erase(key); });
  expect_both_refuse([](Json& d) { d["steps"][2].erase("alternatives"); });
  expect_both_refuse([](Json& d) { d["steps"][1]["effects"][0].erase("operation"); });
  for (const char* key : {"task", "operation", "since_step"})
    expect_both_refuse([key](Json& d) { d["blocked"][0].erase(key); });
  for (const char* key : {"step", "text"})
    expect_both_refuse([key](Json& d) { d["needs"][0].erase(key); });
  expect_both_refuse([](Json& d) { d["passing_tasks"][0].erase("path"); });
  expect_both_refuse([](Json& d) { d["passing_steps"][0].erase("ready"); });
}

TEST_F(ScheduleSchema, RefusesWrongTypes) {
  // Every member of the sample, replaced by something that no member may be.
  const Json sample = Json::parse(samples::explained().to_json(), make_signed).flatten();
  for (const auto& [way, value] : sample.items())
    expect_both_refuse([&](Json& d) { d[Json::json_pointer(way)] = -1; });
  for (const char* key : {"strategy", "failure", "picks", "tasks", "objects", "steps", "blocked",
                          "needs", "notes", "passing_tasks", "passing_objects", "passing_steps"})
    expect_both_refuse([key](Json& d) { d[key] = "text"; });
}

TEST_F(ScheduleSchema, RefusesWrongValues) {
  expect_both_refuse([](Json& d) { d["format"] = "other"; });
  expect_both_refuse([](Json& d) { d["version"] = 2; });
  expect_both_refuse([](Json& d) { d["await_points"] = "some"; });
  expect_both_refuse([](Json& d) { d["fingerprint"] = "123"; });
  expect_both_refuse([](Json& d) { d["picks"][0] = 4'294'967'296; });
  expect_both_refuse([](Json& d) { d["picks"][0] = 0.5; });
  expect_both_refuse([](Json& d) { d["steps"][0]["operation"] = "grab"; });
  expect_both_refuse([](Json& d) { d["objects"][0]["kind"] = "mutex"; });
  expect_both_refuse([](Json& d) { d["failure"]["kind"] = "bad"; });
}

TEST_F(ScheduleSchema, RefusesStepsThatAreTwoThings) {
  expect_both_refuse([](Json& d) {
    d["steps"][0].erase("ready");
    d["steps"][0]["alternatives"] = 0;
  });
  expect_both_refuse([](Json& d) {
    d["steps"][0].erase("ready");
    d["steps"][0]["alternatives"] = 1;
    d["steps"][0]["injections"] = 1;
  });
  expect_both_refuse([](Json& d) { d["steps"][0]["alternatives"] = 1; });
  expect_both_refuse([](Json& d) { d["steps"][2]["ready"] = {"0"}; });
  expect_both_refuse([](Json& d) { d["steps"][0]["ready"] = Json::array(); });
  expect_both_refuse([](Json& d) { d["steps"][2]["alternatives"] = 0; });
}

}  // namespace
}  // namespace coweave
