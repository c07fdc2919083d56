#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "coweave/gtest/settings.hpp"
#include "coweave/report/printing.hpp"

namespace coweave::detail {

/// How the replay that a person asked for went.
enum class ReplayResult : std::uint8_t {
  not_done,  ///< None was asked for, or its test has not run.
  followed,  ///< The program followed the schedule, to a failure or not.
  left,      ///< It left the schedule: another program, or a nondeterministic one.
};

/// What this process was asked to do. GoogleTest runs one test at a time, on one thread.
class Session {
 public:
  static Session& of_process();

  /// What main() made of variables and flags; under a main() that is not Coweave's, the variables
  /// alone. Throws Error if they are bad, each time.
  [[nodiscard]] const Settings& settings();
  /// What the variables say; names on the standard error stream those that seem mistyped.
  [[nodiscard]] static Settings from_environment();
  void use(Settings settings) { settings_ = std::move(settings); }

  /// The schedule to replay, loaded once, or null. Throws Error if the file is bad, each time.
  [[nodiscard]] const Schedule* replayed_schedule();

  void replay_done(const Report& report);
  [[nodiscard]] ReplayResult replay_result() const { return replay_result_; }

 private:
  std::optional<Settings> settings_;
  std::optional<Schedule> schedule_;
  ReplayResult replay_result_ = ReplayResult::not_done;
};

}  // namespace coweave::detail
