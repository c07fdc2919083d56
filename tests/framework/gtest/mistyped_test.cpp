#include "coweave/gtest/mistyped.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using coweave::detail::flags_without_effect;
using coweave::detail::mistyped_variables;
using coweave::detail::nearest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> complaints(std::vector<const char*> environment) {
  environment.push_back(nullptr);
  return mistyped_variables(environment.data());
}

std::string line(const std::string& found, const std::string& meant) {
  return "the variable " + found + " has no effect; is " + meant + " meant?";
}

TEST(Mistyped, VariablesNameTheOneThatIsMeant) {
  EXPECT_THAT(
      complaints({"COWEAVE_SEDE=1", "COWEAVE_STRATAGY=pct", "COWEAVE_SCHEDULEDIR=x",
                  "COWEAVE_REPLY=a.json", "COWEAVE_BUGDET=1", "COWEAVE_Seed=1"}),
      ElementsAre(
          line("COWEAVE_BUGDET", "COWEAVE_BUDGET"), line("COWEAVE_REPLY", "COWEAVE_REPLAY"),
          line("COWEAVE_SCHEDULEDIR", "COWEAVE_SCHEDULE_DIR"), line("COWEAVE_SEDE", "COWEAVE_SEED"),
          line("COWEAVE_STRATAGY", "COWEAVE_STRATEGY"), line("COWEAVE_Seed", "COWEAVE_SEED")));
}

TEST(Mistyped, VariablesOfOthersAreNone) {
  EXPECT_THAT(
      complaints({"COWEAVE_SEED=1", "COWEAVE_REPLAY=a.json", "COWEAVE_REPLAY_STARTED=b",
                  "COWEAVE_GENERATED_PROGRAMS=10", "COWEAVE_GENERATED_SEED=3",
                  "COWEAVE_UPDATE_GOLDEN=1", "COWEAVE_ASIO_ROOT=/usr", "COWEAVE_BOOST_ROOT=/b",
                  "COWEAVE_ROOT=/r", "COWEAVE_DIR=/d", "COWEAVE_", "COWEAVE=1", "SEED=1",
                  "PATH=/bin", "COWEAVE_VERSION=1", "COWEAVE_PREFIX=p"}),
      IsEmpty());
}

TEST(Mistyped, NamesAreNearUpToAThirdOfTheirLetters) {
  const std::vector<std::string> names{"seed", "strategy", "html"};
  EXPECT_EQ(nearest("sede", names), "seed");  // Swapped: one.
  EXPECT_EQ(nearest("sead", names), "seed");
  EXPECT_EQ(nearest("sad", names), "");  // Two of four.
  EXPECT_EQ(nearest("stragety", names), "strategy");
  EXPECT_EQ(nearest("xml", names), "");
  EXPECT_EQ(nearest("", names), "");
}

TEST(Mistyped, FlagsHaveNoEffectUnderAnotherMain) {
  EXPECT_THAT(
      flags_without_effect({"program", "--coweave_seed=3", "--gtest_filter=*", "coweave_seed"}),
      ElementsAre("the flag --coweave_seed has no effect: main() is not Coweave's; use the "
                  "environment variable, or link coweave::gtest_main"));
}

}  // namespace
