// The versions that a schedule file carries, and what a replay that leaves the schedule makes of
// them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <coweave/coweave.hpp>
#include <coweave/gtest.hpp>
#include <filesystem>
#include <string>

namespace {

using coweave::Report;
using coweave::Schedule;
using coweave::Task;
using coweave::Versions;
using coweave::detail::version_differences;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Versions recorded{"Coweave 0.1.0", "g++ 12.2.0", "Asio 1.22.1"};

TEST(Versions, NameWhatIsAnotherNow) {
  EXPECT_EQ(version_differences(recorded, recorded), "");
  EXPECT_EQ(version_differences({}, recorded), "");
  Versions present = recorded;
  present.asio = "Boost.Asio 1.26.0 (Boost 1.81)";
  EXPECT_EQ(version_differences(recorded, present),
            "recorded with Asio 1.22.1, this is Boost.Asio 1.26.0 (Boost 1.81)");
  present.compiler = "clang++ 19.1.7";
  present.asio.clear();
  EXPECT_EQ(version_differences(recorded, present),
            "recorded with g++ 12.2.0, this is clang++ 19.1.7; with Asio 1.22.1, this is a program "
            "without Asio");
}

TEST(Versions, AreReadAsWritten) {
  Schedule schedule;
  schedule.recorded_with = recorded;
  const std::string text = schedule.to_json();
  EXPECT_THAT(text,
              HasSubstr("\n  \"recorded_with\": {\"coweave\": \"Coweave 0.1.0\", \"compiler\": "
                        "\"g++ 12.2.0\", \"asio\": \"Asio 1.22.1\"},\n"));
  EXPECT_EQ(Schedule::from_json(text, "f.json"), schedule);
  schedule.recorded_with = {"", "g++ 12.2.0", ""};
  EXPECT_EQ(Schedule::from_json(schedule.to_json(), "f.json"), schedule);
}

TEST(Versions, AreNoPartOfOlderFiles) {
  EXPECT_THAT(Schedule{}.to_json(), Not(HasSubstr("recorded_with")));
  const Schedule read =
      Schedule::from_json(R"({"format": "coweave-schedule", "version": 1, "picks": []})", "f.json");
  EXPECT_TRUE(read.recorded_with.empty());
}

TEST(Versions, AreRefusedWhereTheyAreNoTexts) {
  const auto complaint = [](const std::string& value) -> std::string {
    try {
      static_cast<void>(Schedule::from_json(
          R"({"format": "coweave-schedule", "version": 1, "picks": [], "recorded_with": )" + value +
              "}",
          "f.json"));
    } catch (const coweave::Error& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_EQ(complaint("[]"), "f.json: at /recorded_with: expected an object, found a list");
  EXPECT_EQ(complaint(R"({"asio": 122})"),
            "f.json: at /recorded_with/asio: expected a string, found 122");
}

Task<> lose_an_update() {
  int value = 0;
  const auto add = [&value]() -> Task<> {
    const int seen = value;
    co_await coweave::yield();
    value = seen + 1;
  };
  co_await coweave::gather(add(), add());
  coweave::check(value == 2, "lost");
}

class VersionsOfFiles : public ::testing::Test {
 protected:
  ~VersionsOfFiles() override { std::filesystem::remove_all(directory_); }
  /// The file of the failure.
  [[nodiscard]] std::filesystem::path record() const {
    const Report report =
        coweave::explore(lose_an_update, {.name = "Lost.Update", .schedule_dir = directory_});
    return report.failures.at(0).schedule_file;
  }
  const std::filesystem::path directory_ = std::filesystem::path(::testing::TempDir()) /
                                           ("coweave-versions-" + std::to_string(::getpid()));
};

TEST_F(VersionsOfFiles, AreThoseOfTheProcess) {
  const Versions found = Schedule::load(record()).recorded_with;
  EXPECT_EQ(found.coweave, "Coweave " COWEAVE_VERSION);
  EXPECT_EQ(found.compiler, coweave::detail::compiler_name());
  EXPECT_EQ(found.asio, "");  // This program has none.
}

TEST_F(VersionsOfFiles, AreNamedByAReplayThatLeavesTheSchedule) {
  Schedule schedule = Schedule::load(record());
  const Report same = coweave::replay(lose_an_update, schedule);
  ASSERT_EQ(same.failures.size(), 1U);
  EXPECT_THAT(same.failures[0].details, Each(Not(StartsWith("recorded with"))));

  // Another version of the library, with which the program takes other steps.
  schedule.recorded_with.asio = "Asio 1.22.1";
  const auto changed = []() -> Task<> {
    co_await coweave::yield();
    co_await lose_an_update();
  };
  const Report left = coweave::replay(changed, schedule);
  ASSERT_FALSE(left.failures.empty());
  EXPECT_EQ(left.failures[0].kind, coweave::FailureKind::diverged);
  EXPECT_THAT(left.failures[0].details,
              Contains("recorded with Asio 1.22.1, this is a program without Asio"));

  // A replay that follows the schedule has nothing to say of it.
  const Report followed = coweave::replay(lose_an_update, schedule);
  EXPECT_THAT(followed.failures.at(0).details, Each(Not(StartsWith("recorded with"))));
}

TEST_F(VersionsOfFiles, AreNamedByTheCorpusWhereAFileIsStale) {
  const std::filesystem::path file = record();
  Schedule schedule = Schedule::load(file);
  schedule.recorded_with.compiler = "g++ 4.7.0";
  schedule.save(file);
  const auto changed = []() -> Task<> {
    co_await coweave::yield();
    co_await lose_an_update();
  };
  const Report report = coweave::explore(
      changed,
      {.name = "Lost.Update", .schedule_dir = directory_, .corpus = coweave::Corpus::replay});
  ASSERT_EQ(report.corpus.size(), 1U);
  EXPECT_EQ(report.corpus[0].state, coweave::CorpusEntry::State::stale);
  EXPECT_THAT(report.corpus[0].detail, HasSubstr("(recorded with g++ 4.7.0, this is "));
}

}  // namespace
