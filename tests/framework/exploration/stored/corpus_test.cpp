#include <unistd.h>

#include <coweave/gtest.hpp>
#include <coweave/primitives.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "coweave/exploration/report.hpp"

namespace {

using coweave::AwaitPoints;
using coweave::Corpus;
using coweave::CorpusEntry;
using coweave::FailureKind;
using coweave::Options;
using coweave::Report;
using coweave::Task;
using coweave::Verdict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using State = CorpusEntry::State;

/// Which version of the program runs.
enum class Version { buggy, cured, with_another_bug, longer };
Version version = Version::buggy;

Task<> write(int& value, int written) {
  co_await coweave::yield();
  value = written;
}

/// Two writers; the buggy versions want the second to write last, or first.
Task<> program() {
  int value = 0;
  if (version == Version::longer) co_await coweave::yield();
  co_await coweave::gather(write(value, 1), write(value, 2));
  if (version == Version::buggy) coweave::check(value == 2, "the first came last");
  if (version == Version::with_another_bug) coweave::check(value == 1, "the second came last");
}

class CorpusOfSchedules : public ::testing::Test {
 protected:
  CorpusOfSchedules() { std::filesystem::remove_all(directory_); }
  ~CorpusOfSchedules() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] Report run(Version of_program, Corpus corpus = Corpus::replay) const {
    version = of_program;
    Options options;
    options.name = "Suite.Test";
    options.schedule_dir = directory_;
    options.corpus = corpus;
    return coweave::explore(program, options);
  }
  [[nodiscard]] std::filesystem::path file(const std::string& name = "Suite.Test.json") const {
    return directory_ / name;
  }
  [[nodiscard]] std::string text(const std::string& name = "Suite.Test.json") const {
    std::ostringstream text;
    text << std::ifstream(file(name)).rdbuf();
    return text.str();
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(directory_), {}));
  }

  const std::filesystem::path directory_ = std::filesystem::path(::testing::TempDir()) /
                                           ("coweave-corpus-" + std::to_string(::getpid()));
};

TEST_F(CorpusOfSchedules, ReportsAnOpenFailureAtOnce) {
  const Report first = run(Version::buggy);
  ASSERT_THAT(first.failures, SizeIs(1));
  EXPECT_THAT(first.corpus, IsEmpty());
  const std::string saved = text();
  ASSERT_FALSE(saved.empty());

  const Report again = run(Version::buggy);
  EXPECT_EQ(again.verdict, Verdict::failed);
  EXPECT_THAT(again.corpus,
              ElementsAre(CorpusEntry{file(), State::open, "the first came last", false}));
  EXPECT_EQ(again.schedules, 1U);  // The one of the file, and no search.
  EXPECT_EQ(again.failing, 1U);
  ASSERT_THAT(again.failures, SizeIs(1));
  EXPECT_EQ(again.failures[0].schedule_file, file());
  EXPECT_EQ(again.failures[0].schedule.picks, first.failures[0].schedule.picks);
  EXPECT_THAT(again.failures[0].explanation.needs, SizeIs(1));
  EXPECT_THAT(again.verdict_detail, HasSubstr("there was no search"));
  EXPECT_EQ(text(), saved);
  EXPECT_EQ(files(), 1U);
}

TEST_F(CorpusOfSchedules, KeepsAFixedFailureAsARegression) {
  static_cast<void>(run(Version::buggy));
  const std::string saved = text();
  const Report cured = run(Version::cured);
  EXPECT_EQ(cured.verdict, Verdict::exhaustive);
  EXPECT_THAT(cured.corpus, ElementsAre(CorpusEntry{file(), State::fixed, "", false}));
  EXPECT_EQ(cured.schedules, 6U);  // 4! / (2! 2!): the replay is none of them.
  EXPECT_EQ(text(), saved);
  EXPECT_THAT(run(Version::buggy).corpus,
              ElementsAre(CorpusEntry{file(), State::open, "the first came last", false}));
}

TEST_F(CorpusOfSchedules, DeletesAFixedOneWhenTold) {
  static_cast<void>(run(Version::buggy));
  EXPECT_THAT(run(Version::cured, Corpus::prune).corpus,
              ElementsAre(CorpusEntry{file(), State::fixed, "", true}));
  EXPECT_EQ(files(), 0U);
}

TEST_F(CorpusOfSchedules, PrunesNothingThatFails) {
  static_cast<void>(run(Version::buggy));
  static_cast<void>(run(Version::buggy, Corpus::prune));
  EXPECT_EQ(files(), 1U);
}

TEST_F(CorpusOfSchedules, WarnsOfAStaleOneAndSearches) {
  static_cast<void>(run(Version::buggy));
  const std::string saved = text();
  const Report report = run(Version::longer);
  EXPECT_EQ(report.verdict, Verdict::exhaustive);
  ASSERT_THAT(report.corpus, SizeIs(1));
  EXPECT_EQ(report.corpus[0].state, State::stale);
  EXPECT_THAT(report.warnings,
              ElementsAre(::testing::AllOf(HasSubstr("is stale: the program leaves it at step 2"),
                                           HasSubstr("recorded"), HasSubstr("found"))));
  EXPECT_EQ(text(), saved);
}

TEST_F(CorpusOfSchedules, ReplacesOnlyAStaleOne) {
  static_cast<void>(run(Version::longer));
  version = Version::buggy;
  static_cast<void>(run(Version::buggy));
  coweave::Schedule stale = coweave::Schedule::load(file());
  stale.trace.tasks[1].path = "0.7";  // No such task.
  stale.explanation = {};             // Which may refer to it.
  stale.save(file());
  const Report report = run(Version::buggy);
  ASSERT_THAT(report.corpus, SizeIs(1));
  EXPECT_EQ(report.corpus[0].state, State::stale);
  ASSERT_THAT(report.failures, SizeIs(1));
  EXPECT_EQ(report.failures[0].schedule_file, file());
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(run(Version::buggy).corpus[0].state, State::open);
}

TEST_F(CorpusOfSchedules, SavesAnotherBugBesideARegression) {
  static_cast<void>(run(Version::buggy));
  const std::string saved = text();
  const Report other = run(Version::with_another_bug);
  ASSERT_THAT(other.corpus, SizeIs(1));
  EXPECT_EQ(other.corpus[0].state, State::fixed);
  ASSERT_THAT(other.failures, SizeIs(1));
  EXPECT_EQ(other.failures[0].schedule_file, file("Suite.Test-2.json"));
  EXPECT_EQ(text(), saved);
}

TEST_F(CorpusOfSchedules, NeverTouchesWhatIsNotItsOwn) {
  std::filesystem::create_directories(directory_);
  std::ofstream(file()) << "notes of mine\n";
  for (const Corpus corpus : {Corpus::replay, Corpus::prune, Corpus::ignore}) {
    const Report report = run(Version::buggy, corpus);
    ASSERT_THAT(report.failures, SizeIs(1));
    EXPECT_EQ(report.failures[0].schedule_file, file("Suite.Test-2.json"));
    EXPECT_EQ(text(), "notes of mine\n");
    if (corpus == Corpus::ignore) continue;
    ASSERT_FALSE(report.corpus.empty());
    EXPECT_EQ(report.corpus.back().state, State::unreadable);
    EXPECT_THAT(report.warnings.front(), HasSubstr("Suite.Test.json: line 1"));
  }
}

TEST_F(CorpusOfSchedules, LeavesTheFilesOfOtherTestsAlone) {
  static_cast<void>(run(Version::buggy));
  coweave::Schedule others = coweave::Schedule::load(file());
  others.test = "Suite.Test-2";
  others.save(file("Suite.Test-2.json"));
  others.save(file("Suite.Testing.json"));
  std::filesystem::remove(file());
  const Report report = run(Version::cured, Corpus::prune);
  EXPECT_THAT(report.corpus, IsEmpty());
  EXPECT_EQ(files(), 2U);
}

TEST_F(CorpusOfSchedules, SavesBesideTheFilesOfOtherTests) {
  static_cast<void>(run(Version::buggy));
  coweave::Schedule others = coweave::Schedule::load(file());
  others.test = "Suite.Test-2";
  others.save(file("Suite.Test-2.json"));
  const std::string saved = text("Suite.Test-2.json");
  const Report report = run(Version::with_another_bug);
  ASSERT_THAT(report.failures, SizeIs(1));
  EXPECT_EQ(report.failures[0].schedule_file, file("Suite.Test-3.json"));
  EXPECT_EQ(text("Suite.Test-2.json"), saved);
}

TEST_F(CorpusOfSchedules, ReplaysFilesUnderNamesOfTheUser) {
  static_cast<void>(run(Version::buggy));
  std::filesystem::rename(file(), file("Suite.Test-issue-12.json"));
  const Report report = run(Version::buggy);
  EXPECT_THAT(report.corpus, ElementsAre(CorpusEntry{file("Suite.Test-issue-12.json"), State::open,
                                                     "the first came last", false}));
}

TEST_F(CorpusOfSchedules, IsStaleUnderOtherAwaitPoints) {
  static_cast<void>(run(Version::buggy));
  version = Version::cured;
  Options options;
  options.name = "Suite.Test";
  options.schedule_dir = directory_;
  options.corpus = Corpus::replay;
  options.await_points = AwaitPoints::suspending;
  const Report report = coweave::explore(program, options);
  ASSERT_THAT(report.corpus, SizeIs(1));
  EXPECT_EQ(report.corpus[0].state, State::stale);
  EXPECT_THAT(report.corpus[0].detail, HasSubstr("recorded under AwaitPoints::every"));
}

TEST_F(CorpusOfSchedules, IsIgnoredByDefault) {
  static_cast<void>(run(Version::buggy));
  const Report report = run(Version::cured, Corpus::ignore);
  EXPECT_THAT(report.corpus, IsEmpty());
  EXPECT_EQ(Options{}.corpus, Corpus::ignore);
}

}  // namespace
