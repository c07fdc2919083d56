#include "coweave/gtest/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "coweave/core/error.hpp"
#include "coweave/strategy/random_walk.hpp"
#include "coweave/strategy/registry.hpp"

namespace {

using coweave::Options;
using coweave::strategy_names;
using coweave::detail::flags_help;
using coweave::detail::Settings;
using coweave::detail::settings_from_environment;
using coweave::detail::take_flags;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

Settings from_variables(const std::map<std::string, std::string>& variables) {
  return settings_from_environment([&variables](const char* name) {
    const auto variable = variables.find(name);
    return variable == variables.end() ? nullptr : variable->second.c_str();
  });
}

/// The complaint about a variable of that value.
std::string complaint(const std::string& variable, const std::string& value) {
  try {
    static_cast<void>(from_variables({{variable, value}}));
  } catch (const coweave::Error& error) {
    return error.what();
  }
  return "";
}

/// argc and argv of a program.
class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
    for (std::string& argument : arguments_) pointers_.push_back(argument.data());
    pointers_.push_back(nullptr);
    count_ = static_cast<int>(arguments_.size());
  }
  Settings take(Settings settings = {}) {
    take_flags(count_, pointers_.data(), settings);
    return settings;
  }
  [[nodiscard]] std::vector<std::string> left() const {
    EXPECT_EQ(pointers_[static_cast<std::size_t>(count_)], nullptr);
    return {pointers_.begin(), pointers_.begin() + count_};
  }

 private:
  std::vector<std::string> arguments_;
  std::vector<char*> pointers_;
  int count_ = 0;
};

std::string flag_complaint(const std::string& flag) {
  try {
    static_cast<void>(CommandLine({"program", flag}).take());
  } catch (const coweave::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Settings, AreEmptyWithoutVariables) {
  const Settings settings = from_variables({});
  EXPECT_TRUE(settings.replay.empty());
  EXPECT_FALSE(settings.seed);
  EXPECT_FALSE(settings.strategy);
  EXPECT_FALSE(settings.max_schedules);
  EXPECT_FALSE(settings.max_time);
  EXPECT_TRUE(settings.schedule_dir.empty());
}

TEST(Settings, TakeAnEmptyVariableAsUnset) {
  const Settings settings = from_variables({{"COWEAVE_SEED", ""}, {"COWEAVE_BUDGET", ""}});
  EXPECT_FALSE(settings.seed);
  EXPECT_FALSE(settings.max_schedules);
}

TEST(Settings, AreReadFromVariables) {
  const Settings settings = from_variables({{"COWEAVE_REPLAY", "a b.json"},
                                            {"COWEAVE_SEED", "18446744073709551615"},
                                            {"COWEAVE_STRATEGY", "random"},
                                            {"COWEAVE_BUDGET", "5000,30s"},
                                            {"COWEAVE_SCHEDULE_DIR", "out/found"}});
  EXPECT_EQ(settings.replay, "a b.json");
  EXPECT_EQ(settings.seed, 18446744073709551615U);
  ASSERT_TRUE(settings.strategy);
  EXPECT_EQ(settings.strategy->name(), "random");
  EXPECT_EQ(settings.max_schedules, 5000U);
  EXPECT_EQ(settings.max_time, std::chrono::nanoseconds(30s));
  EXPECT_EQ(settings.schedule_dir, "out/found");
}

TEST(Settings, ReadBudgets) {
  const auto schedules = [](const std::string& text) {
    return from_variables({{"COWEAVE_BUDGET", text}}).max_schedules;
  };
  const auto time = [](const std::string& text) {
    return from_variables({{"COWEAVE_BUDGET", text}}).max_time;
  };
  EXPECT_EQ(schedules("5000"), 5000U);
  EXPECT_EQ(time("5000"), std::nullopt);
  EXPECT_EQ(schedules("30s"), std::nullopt);
  EXPECT_EQ(time("30s"), std::chrono::nanoseconds(30s));
  EXPECT_EQ(time("500ms"), std::chrono::nanoseconds(500ms));
  EXPECT_EQ(time("2m"), std::chrono::nanoseconds(2min));
  EXPECT_EQ(schedules("2m,7"), 7U);
  EXPECT_EQ(time("2m,7"), std::chrono::nanoseconds(2min));
  EXPECT_EQ(time("9223372036s"), std::chrono::nanoseconds(9223372036s));
}

TEST(Settings, RejectBadBudgets) {
  for (const std::string bad : {"many",        "0",
                                "0s",          "-5",
                                "+5",          " 5",
                                "5 ",          "5.5s",
                                "5x",          "s",
                                "ms",          ",",
                                "5,",          ",5",
                                "5,6",         "5s,6s",
                                "5,6s,7",      "18446744073709551616",
                                "9223372037s", "99999999999999999999s",
                                "0x10"})
    EXPECT_EQ(
        complaint("COWEAVE_BUDGET", bad),
        "COWEAVE_BUDGET: expected a number of schedules (5000), a time (500ms, 30s, 2m) or one "
        "of each (5000,30s), found \"" +
            bad + "\"");
}

TEST(Settings, RejectBadSeeds) {
  for (const std::string bad : {"x", "-1", "1.5", "18446744073709551616", "1 "})
    EXPECT_EQ(
        complaint("COWEAVE_SEED", bad),
        "COWEAVE_SEED: expected a number from 0 to 18446744073709551615, found \"" + bad + "\"");
}

TEST(Settings, RejectUnknownStrategiesWithTheNamesThereAre) {
  EXPECT_THAT(complaint("COWEAVE_STRATEGY", "rnadom"),
              ::testing::AllOf(::testing::StartsWith("COWEAVE_STRATEGY: expected one of default, "),
                               HasSubstr("random"), ::testing::EndsWith(", found \"rnadom\"")));
}

TEST(Settings, ComplainOnOneHarmlessLine) {
  const std::string line = complaint("COWEAVE_SEED", "1\n\x1b[31m" + std::string(100'000, 'x'));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_LT(line.size(), 200U);
}

TEST(Settings, TakeTheDefaultStrategyByName) {
  const Settings settings = from_variables({{"COWEAVE_STRATEGY", "default"}});
  ASSERT_TRUE(settings.strategy);
  Options options;
  options.strategy = coweave::random_walk();
  EXPECT_TRUE(settings.applied_to(options).strategy.empty());
}

TEST(Settings, ChangeOnlyTheOptionsThatTheyName) {
  Options options;
  options.seed = 5;
  options.max_schedules = 7;
  options.max_time = 3s;
  options.strategy = coweave::random_walk();
  options.keep_going = true;
  const Options same = Settings{}.applied_to(options);
  EXPECT_EQ(same.seed, 5U);
  EXPECT_EQ(same.max_schedules, 7U);
  EXPECT_EQ(same.max_time, std::chrono::nanoseconds(3s));
  EXPECT_EQ(same.strategy.name(), "random");
  EXPECT_TRUE(same.keep_going);

  const Options other =
      from_variables({{"COWEAVE_SEED", "6"}, {"COWEAVE_BUDGET", "8"}}).applied_to(options);
  EXPECT_EQ(other.seed, 6U);
  EXPECT_EQ(other.max_schedules, 8U);
  EXPECT_EQ(other.max_time, std::chrono::nanoseconds(3s));
  EXPECT_EQ(other.strategy.name(), "random");
}

TEST(Settings, SaveSchedulesBelowTheCurrentDirectoryByDefault) {
  Options options;
  EXPECT_EQ(Settings{}.applied_to(options).schedule_dir, "coweave-schedules");
  options.schedule_dir = "mine";
  EXPECT_EQ(Settings{}.applied_to(options).schedule_dir, "mine");
  EXPECT_EQ(from_variables({{"COWEAVE_SCHEDULE_DIR", "theirs"}}).applied_to(options).schedule_dir,
            "theirs");
}

TEST(Settings, ReplayTheCorpusUnlessTold) {
  EXPECT_EQ(Settings{}.applied_to({}).corpus, coweave::Corpus::replay);
  Options options;
  options.corpus = coweave::Corpus::prune;
  EXPECT_EQ(Settings{}.applied_to(options).corpus, coweave::Corpus::prune);
  EXPECT_EQ(from_variables({{"COWEAVE_CORPUS", "ignore"}}).applied_to(options).corpus,
            coweave::Corpus::ignore);
  EXPECT_EQ(complaint("COWEAVE_CORPUS", "all"),
            "COWEAVE_CORPUS: expected replay, prune or ignore, found \"all\"");
}

TEST(Settings, SetWhenAStepIsStuck) {
  EXPECT_EQ(Settings{}.applied_to({}).stuck_after, std::chrono::seconds(10));
  EXPECT_EQ(from_variables({{"COWEAVE_STUCK_AFTER", "2m"}}).applied_to({}).stuck_after,
            std::chrono::minutes(2));
  EXPECT_EQ(from_variables({{"COWEAVE_STUCK_AFTER", "off"}}).applied_to({}).stuck_after,
            std::chrono::seconds(0));
  EXPECT_EQ(complaint("COWEAVE_STUCK_AFTER", "10"),
            "COWEAVE_STUCK_AFTER: expected a time (500ms, 30s, 2m) or off, found \"10\"");
}

TEST(Settings, TurnThingsOnAndOff) {
  const Settings settings = from_variables({{"COWEAVE_CRASHES", "off"},
                                            {"COWEAVE_PROGRESS", "off"},
                                            {"COWEAVE_EXPLAIN", "on"},
                                            {"COWEAVE_SIMPLIFY", "b.json"}});
  EXPECT_FALSE(settings.applied_to({}).save_crashes);
  EXPECT_TRUE(Settings{}.applied_to({}).save_crashes);
  EXPECT_FALSE(settings.shows_progress);
  EXPECT_TRUE(settings.explains);
  EXPECT_EQ(settings.simplify, "b.json");
  EXPECT_TRUE(settings.applied_to({}).interruptible);
  EXPECT_EQ(complaint("COWEAVE_CRASHES", "yes"),
            "COWEAVE_CRASHES: expected on or off, found \"yes\"");
}

TEST(Settings, SayWhereThePagesGo) {
  EXPECT_FALSE(Settings{}.writes_html);
  EXPECT_TRUE(from_variables({{"COWEAVE_HTML", "1"}}).writes_html);
  EXPECT_TRUE(from_variables({{"COWEAVE_HTML", "1"}}).html_dir.empty());
  EXPECT_EQ(from_variables({{"COWEAVE_HTML", "pages"}}).html_dir, "pages");
  Settings settings = from_variables({{"COWEAVE_HTML", "pages"}});
  settings = CommandLine({"program", "--coweave_html=off"}).take(settings);
  EXPECT_FALSE(settings.writes_html);
  EXPECT_EQ(flag_complaint("--coweave_html="),
            "--coweave_html: expected 1, off or the name of a directory, found \"\"");
}

TEST(Settings, NameTheCheckpointAfterTheTest) {
  EXPECT_TRUE(Settings{}.applied_to({}, "Suite.Test").checkpoint.empty());
  const Settings settings = from_variables({{"COWEAVE_CHECKPOINT", "dir"}});
  EXPECT_EQ(settings.applied_to({}, "Suite.Test").checkpoint, "dir/Suite.Test.checkpoint");
}

TEST(Flags, AreTakenOutOfTheArguments) {
  CommandLine line({"program", "--coweave_seed=3", "file", "--coweave_budget=10,1s",
                    "--gtest_filter=*", "--coweave_replay=x.json"});
  const Settings settings = line.take();
  EXPECT_EQ(settings.seed, 3U);
  EXPECT_EQ(settings.max_schedules, 10U);
  EXPECT_EQ(settings.replay, "x.json");
  EXPECT_THAT(line.left(), ElementsAre("program", "file", "--gtest_filter=*"));
}

TEST(Flags, WinOverVariables) {
  Settings settings = from_variables({{"COWEAVE_SEED", "1"}, {"COWEAVE_BUDGET", "10,1s"}});
  settings = CommandLine({"program", "--coweave_seed=2", "--coweave_budget=20"}).take(settings);
  EXPECT_EQ(settings.seed, 2U);
  EXPECT_EQ(settings.max_schedules, 20U);
  EXPECT_EQ(settings.max_time, std::chrono::nanoseconds(1s));
}

TEST(Flags, LeaveTheNameOfTheProgramAlone) {
  CommandLine line({"--coweave_seed=3"});
  EXPECT_FALSE(line.take().seed);
  EXPECT_THAT(line.left(), ElementsAre("--coweave_seed=3"));
  CommandLine none({});
  static_cast<void>(none.take());
  EXPECT_TRUE(none.left().empty());
}

TEST(Settings, LimitTheMemoryOfASearch) {
  const auto memory = [](const char* text) {
    return from_variables({{"COWEAVE_MAX_MEMORY", text}}).applied_to({}).max_memory;
  };
  EXPECT_EQ(memory("512MiB"), std::uint64_t{512} << 20U);
  EXPECT_EQ(memory("4GiB"), std::uint64_t{4} << 30U);
  EXPECT_EQ(memory(""), 0U);
  for (const std::string text : {"0MiB", "512", "GiB", "4GB", "99999999999999GiB"})
    EXPECT_EQ(
        complaint("COWEAVE_MAX_MEMORY", text.c_str()),
        "COWEAVE_MAX_MEMORY: expected a number of bytes (512MiB, 4GiB), found \"" + text + "\"");
}

TEST(Flags, RejectWhatDoesNotExist) {
  const std::string names =
      "flags: expected one of --coweave_replay=, --coweave_seed=, --coweave_strategy=, "
      "--coweave_budget=, --coweave_max_memory=, --coweave_schedule_dir=, --coweave_corpus=, "
      "--coweave_crashes=, --coweave_stuck_after=, --coweave_checkpoint=, --coweave_progress=, "
      "--coweave_simplify=, --coweave_explain=, --coweave_html=, found ";
  const std::string seed = "; is --coweave_seed= meant?";
  EXPECT_EQ(flag_complaint("--coweave_sede=3"), names + "\"--coweave_sede=3\"" + seed);
  EXPECT_EQ(flag_complaint("--coweave_seed"), names + "\"--coweave_seed\"" + seed);
  EXPECT_EQ(flag_complaint("--coweave-seed=3"), names + "\"--coweave-seed=3\"" + seed);
  EXPECT_EQ(flag_complaint("--coweaveseed=3"), names + "\"--coweaveseed=3\"" + seed);
  EXPECT_EQ(flag_complaint("--coweave"), names + "\"--coweave\"");
  EXPECT_EQ(flag_complaint("--coweave_"), names + "\"--coweave_\"");
  EXPECT_EQ(flag_complaint("--coweave_=1"), names + "\"--coweave_=1\"");
}

TEST(Flags, RejectBadValuesByTheirName) {
  EXPECT_EQ(flag_complaint("--coweave_seed=x"),
            "--coweave_seed: expected a number from 0 to 18446744073709551615, found \"x\"");
  EXPECT_EQ(flag_complaint("--coweave_replay="),
            "--coweave_replay: expected the name of a schedule file, found \"\"");
  EXPECT_EQ(flag_complaint("--coweave_schedule_dir="),
            "--coweave_schedule_dir: expected the name of a directory, found \"\"");
  EXPECT_THAT(flag_complaint("--coweave_budget="), HasSubstr("--coweave_budget: expected"));
}

TEST(Flags, HelpNamesEachWithItsVariable) {
  for (const std::string name : {"REPLAY", "SEED", "STRATEGY", "BUDGET", "SCHEDULE_DIR", "CORPUS",
                                 "CRASHES", "CHECKPOINT", "PROGRESS", "SIMPLIFY", "EXPLAIN"})
    EXPECT_THAT(flags_help(), HasSubstr("(COWEAVE_" + name + ")"));
  EXPECT_THAT(flags_help(), HasSubstr("--coweave_schedule_dir="));
  EXPECT_THAT(flags_help(), HasSubstr(strategy_names()));
}

}  // namespace
