#include "coweave/gtest/session.hpp"

#include <algorithm>
#include <cstdlib>

#include "coweave/gtest/mistyped.hpp"

namespace coweave::detail {

Session& Session::of_process() {
  static Session session;
  return session;
}

const Settings& Session::settings() {
  if (!settings_) {
    warn_of_flags_without_effect();
    use(from_environment());
  }
  return *settings_;
}

Settings Session::from_environment() {
  warn_of_mistyped_variables();
  return settings_from_environment([](const char* name) { return std::getenv(name); });
}

const Schedule* Session::replayed_schedule() {
  const std::filesystem::path& file = settings().replay;
  if (file.empty()) return nullptr;
  if (!schedule_) schedule_ = Schedule::load(file);
  return &*schedule_;
}

void Session::replay_done(const Report& report) {
  const bool left =
      std::any_of(report.failures.begin(), report.failures.end(), [](const Failure& failure) {
        return failure.kind == FailureKind::diverged || failure.kind == FailureKind::nondeterminism;
      });
  // Under --gtest_repeat the worst of all counts.
  if (replay_result_ != ReplayResult::left)
    replay_result_ = left ? ReplayResult::left : ReplayResult::followed;
}

}  // namespace coweave::detail
