#include "coweave/gtest/run_explored_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "coweave/core/error.hpp"
#include "coweave/core/words.hpp"
#include "coweave/exploration/explore.hpp"
#include "coweave/exploration/failures/crash_trials.hpp"
#include "coweave/exploration/process/interrupt.hpp"
#include "coweave/gtest/capture.hpp"
#include "coweave/gtest/ci_output.hpp"
#include "coweave/gtest/session.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/report/html/html.hpp"
#include "coweave/report/text/progress_line.hpp"
#include "coweave/report/text/report_text.hpp"
#include "coweave/report/text/terminal.hpp"
#include "coweave/report/text/timeline.hpp"
#include "coweave/schedule/file/running_program.hpp"
#include "coweave/schedule/file/schedule_file_names.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

std::string text_of(const Report& report) { return to_text(report, output_style()); }

void print(const std::string& line) {
  std::printf("[  coweave ] %s\n", printable(line).c_str());
  std::fflush(stdout);
}

void fail(const std::string& text) {
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  ADD_FAILURE_AT(test.file(), test.line()) << text;
}

void skip(const std::string& text, const std::string& file, int line) {
  ::testing::internal::AssertHelper(::testing::TestPartResult::kSkip, file.c_str(), line,
                                    text.c_str()) = ::testing::Message();
}

void record_properties(const Report& report, const std::filesystem::path& schedule_file) {
  using ::testing::Test;
  Test::RecordProperty("schedules", std::to_string(report.schedules));
  Test::RecordProperty("failing", std::to_string(report.failing));
  Test::RecordProperty("verdict", std::string(to_string(report.verdict)));
  Test::RecordProperty("seed", std::to_string(report.seed));
  Test::RecordProperty("schedule_file", schedule_file.string());
}

/// A limit may end the default plan, which promises no enumeration; one that was asked for and not
/// completed must not pass.
bool is_passed(const Report& report, bool is_default_plan) {
  if (report.failed() || !report.failures.empty()) return false;
  if (report.verdict == Verdict::interrupted) return false;
  return report.verdict != Verdict::limit_hit || is_default_plan;
}

/// The file of a failure's page: named as that of its schedule is, or would be.
std::filesystem::path page_of(const Failure& failure, const Options& options,
                              const Settings& settings, std::size_t number) {
  std::filesystem::path file =
      !failure.schedule_file.empty() ? failure.schedule_file
      : !settings.replay.empty()     ? settings.replay
                                 : schedule_file(options.schedule_dir, current_test_name(), number);
  file.replace_extension(".html");
  return settings.html_dir.empty() ? file : settings.html_dir / file.filename();
}

/// As COWEAVE_HTML asks; of failures that have steps to draw.
void write_pages(const Report& report, const Options& options, const Settings& settings) {
  if (!settings.writes_html) return;
  std::size_t number = 0;
  for (const Failure& failure : report.failures) {
    ++number;
    if (failure.schedule.trace.steps.empty()) continue;
    const std::filesystem::path file = page_of(failure, options, settings, number);
    try {
      HtmlOptions page;
      page.source_root = options.source_root;
      if (failure.schedule_file.empty()) page.schedule_file = settings.replay.string();
      write_html(file, failure, page);
      print("page: " + file.string());
    } catch (const Error& error) {  // The failure is worth more than its drawing.
      print(std::string("the page was not written: ") + error.what());
    }
  }
}

/// The one place that tells GoogleTest how an exploration or a replay ended.
void tell(const Report& report, const SkipRequest& request, bool is_default_plan,
          const std::string& source_root) {
  for (const std::string& warning : report.warnings) print(warning);
  const auto fixed = std::count_if(
      report.corpus.begin(), report.corpus.end(),
      [](const CorpusEntry& entry) { return entry.state == CorpusEntry::State::fixed; });
  if (fixed != 0)
    print(counted(static_cast<std::uint64_t>(fixed), "saved schedule") +
          " replayed first: passing now");
  if (!is_passed(report, is_default_plan)) {
    fail(text_of(report));
    const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
    CiOutput::of_process().add(
        report, source_line(test.file(), static_cast<std::uint32_t>(test.line()), source_root));
    return;
  }
  // What a passing test has completed, and what it leaves open.
  if (report.verdict != Verdict::replayed && !request.is_made)
    print(std::string(to_string(report.verdict)) + ": " + report.verdict_detail);
  if (!report.one_order.empty())
    print("seen in one order only, in " + std::to_string(report.looked_at) + " of " +
          counted(report.schedules, "schedule") + ": " + report.one_order.front() +
          (report.one_order.size() > 1
               ? "; and " + counted(report.one_order.size() - 1, "other pair")
               : ""));
  if (request.is_made) skip(request.message, request.file, request.line);
}

void explore_test(Task<> (*body)(), const Options& options, bool shows_progress) {
  SkipRequest request;
  const SkipListener listener(request);
  ProgressLine line(stderr, terminal_columns(stderr));
  Options watched = options;
  if (shows_progress && !watched.progress)
    watched.progress = [&line](const Progress& progress) { line.show(progress); };
  const Report report = explore(body, watched);
  line.erase();
  record_properties(report, report.failures.empty() ? std::filesystem::path()
                                                    : report.failures.front().schedule_file);
  write_pages(report, options, Session::of_process().settings());
  tell(report, request, options.strategy.empty(), options.source_root);
}

/// Only a schedule that the program followed, to a failure.
void save_simpler(Report& report, const std::filesystem::path& file) {
  if (report.failures.empty() || report.failures.front().kind == FailureKind::diverged ||
      report.failures.front().kind == FailureKind::nondeterminism)
    return;
  report.failures.front().schedule.recorded_with = present_versions();
  report.failures.front().schedule.program = program_name();
  report.failures.front().schedule.save(file);
  report.failures.front().schedule_file = file;
}

/// What comes before a step that may end the process: afterwards nobody could draw it.
void draw_beginning(const Schedule& schedule) {
  constexpr std::size_t columns = 100;
  TimelineStyle style;
  style.width = columns;
  style.header = style.epilogue = false;
  if (!schedule.trace.steps.empty())
    std::printf("up to the step in which the process ended:\n%s",
                draw_timeline(schedule, style).c_str());
  std::fflush(stdout);
}

void replay_test(Task<> (*body)(), const Options& options, const Schedule& schedule,
                 Session& session) {
  SkipRequest request;
  const SkipListener listener(request);
  const Settings& settings = session.settings();
  const ReplayDepth depth = !settings.simplify.empty() ? ReplayDepth::simplify
                            : settings.explains        ? ReplayDepth::explain
                                                       : ReplayDepth::replay;
  std::optional<Report> simpler;
  if (is_of_crash(schedule) && depth == ReplayDepth::simplify)
    simpler = simplify_crash(root_of(body), schedule, options);
  if (is_of_crash(schedule) && depth == ReplayDepth::explain)
    simpler = explain_crash(root_of(body), schedule, options);
  if (is_of_crash(schedule) && !simpler)
    draw_beginning(before_crash(root_of(body), schedule, options));
  Report report =
      simpler ? std::move(*simpler) : replay_body(root_of(body), schedule, options, depth);
  session.replay_done(report);
  if (!settings.simplify.empty()) save_simpler(report, settings.simplify);
  record_properties(report, session.settings().replay);
  if (report.failures.empty()) std::printf("%s", text_of(report).c_str());
  write_pages(report, options, settings);
  tell(report, request, true, options.source_root);
}

}  // namespace

void run_test(Task<> (*body)(), const Options& of_test) {
  try {
    Session& session = Session::of_process();
    const Options options = session.settings().applied_to(of_test, current_test_name());
    const Schedule* const schedule = session.replayed_schedule();
    const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
    if (is_interrupted()) {
      skip("interrupted by " + std::string(interrupting_signal_name()), test.file(), test.line());
    } else if (schedule == nullptr) {
      explore_test(body, options, session.settings().shows_progress);
    } else if (schedule->test == current_test_name()) {
      replay_test(body, options, *schedule, session);
    } else {
      skip("only " + printable(schedule->test) + " is replayed, from " +
               printable(session.settings().replay.string()),
           test.file(), test.line());
    }
  } catch (const Error& error) {
    fail(printable(error.what()));
  }
}

}  // namespace coweave::detail
