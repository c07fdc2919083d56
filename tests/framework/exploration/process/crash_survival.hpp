#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "framework/sanitized.hpp"
#include "framework/shell_command.hpp"

/// For tests that run crash_samples.cpp. The build defines COWEAVE_CRASH_SAMPLES.
namespace coweave::test {

class CrashSurvival : public ::testing::Test {
 protected:
  CrashSurvival() { std::filesystem::create_directories(directory_); }
  ~CrashSurvival() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] Ended run(const std::string& variables, const std::string& arguments,
                          const std::string& program = COWEAVE_CRASH_SAMPLES) const {
    const std::string command = "cd '" + directory_.string() + "' && ulimit -c 0 && exec env " +
                                variables + " '" + program + "' " + arguments + " 2>&1";
    return coweave::test::run_in_shell(command);
  }
  [[nodiscard]] static std::string file_of(const std::string& test) {
    return "coweave-schedules/Crash." + test + "-crash.json";
  }
  [[nodiscard]] bool exists(const std::string& file) const {
    return std::filesystem::exists(directory_ / file);
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) /
      ("coweave-crash-" + std::to_string(::getpid()) + "-" +
       std::to_string(::testing::UnitTest::GetInstance()->random_seed()));
};

}  // namespace coweave::test
