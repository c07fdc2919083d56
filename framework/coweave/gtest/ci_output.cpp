#include "coweave/gtest/ci_output.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "coweave/core/words.hpp"
#include "coweave/report/export/export.hpp"
#include "coweave/report/export/github.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_annotations = 10;
constexpr std::size_t most_summary_bytes = std::size_t{900} << 10U;

class AtTheEnd : public ::testing::EmptyTestEventListener {
  void OnTestProgramEnd(const ::testing::UnitTest& /*program*/) override {
    CiOutput::of_process().finish();
  }
};

void append_summary(const Report& report) {
  const char* const name = std::getenv("GITHUB_STEP_SUMMARY");
  if (name == nullptr || *name == '\0') return;
  std::error_code error;  // A file that is not there yet has no bytes.
  const std::uintmax_t size = std::filesystem::file_size(name, error);
  const std::size_t used = error ? 0 : static_cast<std::size_t>(size);
  if (used >= most_summary_bytes) return;
  std::ofstream(name, std::ios::app)
      << github_summary(report, most_summary_bytes - used,
                        [](const Schedule& schedule) { return to_mermaid(schedule); });
}

}  // namespace

CiOutput& CiOutput::of_process() {
  static CiOutput output;
  return output;
}

CiOutput::CiOutput() {
  const char* const actions = std::getenv("GITHUB_ACTIONS");
  annotates_ = actions != nullptr && std::string_view(actions) == "true";
  if (annotates_) ::testing::UnitTest::GetInstance()->listeners().Append(new AtTheEnd);
}

void CiOutput::add(const Report& report, const SourceLine& test) {
  if (!annotates_) return;
  for (const std::string& line : github_annotations(report, test)) {
    if (shown_ == most_annotations) {
      ++left_out_;
      continue;
    }
    ++shown_;
    std::printf("\n%s\n", line.c_str());  // A command begins a line.
  }
  std::fflush(stdout);
  append_summary(report);
}

void CiOutput::finish() {
  if (left_out_ == 0) return;
  std::printf("\n::notice title=Coweave::%s not shown, the log has all\n",
              counted(left_out_, "annotation").c_str());
  std::fflush(stdout);
  left_out_ = 0;
}

}  // namespace coweave::detail
