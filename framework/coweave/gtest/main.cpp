// The main() of coweave::gtest_main: GoogleTest's, and the flags of Coweave.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "coweave/core/error.hpp"
#include "coweave/exploration/process/interrupt.hpp"
#include "coweave/gtest/session.hpp"
#include "coweave/schedule/printable.hpp"

namespace {

using coweave::detail::ReplayResult;
using coweave::detail::Session;

constexpr int usage_error = 2;
constexpr int left_schedule = 3;
constexpr int ended_by_signal = 128;  // And its number, as a shell has it.

bool asks_for_help(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help" || argument == "-h" || argument == "-?" || argument == "/?")
      return true;
  }
  return false;
}

bool is_test_of_program(const std::string& name) {
  const ::testing::UnitTest& program = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < program.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *program.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j)
      if (std::string(suite.name()) + "." + suite.GetTestInfo(j)->name() == name) return true;
  }
  return false;
}

/// Makes GoogleTest run the test of the schedule only, unless the user filters tests already.
void select_replayed_test(Session& session) {
  const coweave::Schedule* const schedule = session.replayed_schedule();
  if (schedule == nullptr) return;
  if (!is_test_of_program(schedule->test))
    throw coweave::Error(session.settings().replay.string() +
                         ": expected the schedule of a test of this program, found that of " +
                         coweave::quote(schedule->test));
  const bool is_plain = schedule->test.find_first_of("*?:-") == std::string::npos;
  if (GTEST_FLAG_GET(filter) == "*" && is_plain) GTEST_FLAG_SET(filter, schedule->test);
}

int run(Session& session) {
  const int result = RUN_ALL_TESTS();
  if (const int signal = coweave::detail::interrupting_signal(); signal != 0)
    return ended_by_signal + signal;
  if (session.settings().replay.empty()) return result;
  switch (session.replay_result()) {
    case ReplayResult::left:
      return left_schedule;
    case ReplayResult::followed:
      return result;
    case ReplayResult::not_done:
      break;
  }
  throw coweave::Error(session.settings().replay.string() + ": " +
                       coweave::quote(session.replayed_schedule()->test) +
                       " was not replayed: it is disabled, filtered out, or not defined by one of "
                       "the COWEAVE_TEST macros");
}

}  // namespace

int main(int argc, char** argv) {
  const bool wants_help = asks_for_help(argc, argv);
  ::testing::InitGoogleMock(&argc, argv);
  if (wants_help) {
    std::printf("\n%s", coweave::detail::flags_help().c_str());
    return RUN_ALL_TESTS();  // Runs none; knows what --help means to GoogleTest.
  }
  try {
    Session& session = Session::of_process();
    coweave::detail::Settings settings = Session::from_environment();
    coweave::detail::take_flags(argc, argv, settings);
    session.use(std::move(settings));
    if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
    select_replayed_test(session);
    return run(session);
  } catch (const coweave::Error& error) {
    std::fprintf(stderr, "%s\n", coweave::printable(error.what()).c_str());
    return usage_error;
  }
}
