#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "coweave/core/error.hpp"
#include "coweave/schedule/schedule.hpp"
#include "framework/schedule/sample_schedule.hpp"

namespace coweave {
namespace {

namespace fs = std::filesystem;

class ScheduleFile : public testing::Test {
 protected:
  ScheduleFile()
      : directory_(fs::path(testing::TempDir()) /
                   ("coweave_schedule_file." + std::to_string(::getpid()))) {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  ~ScheduleFile() override { fs::remove_all(directory_); }

  static void write(const fs::path& file, std::string_view text) {
    std::ofstream(file, std::ios::binary) << text;
  }
  static std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
  }
  /// The names in the directory: nothing temporary may stay behind.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory_))
      names.push_back(entry.path().filename().string());
    return names;
  }

  fs::path directory_;
};

template <class Action>
std::string error_of(Action action) {
  try {
    action();
    return "no error";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string load_error(const fs::path& file) {
  return error_of([&] { static_cast<void>(Schedule::load(file)); });
}

std::string save_error(const Schedule& schedule, const fs::path& file) {
  return error_of([&] { schedule.save(file); });
}

TEST_F(ScheduleFile, LoadsWhatWasSaved) {
  const fs::path file = directory_ / "a.json";
  samples::small().save(file);
  EXPECT_EQ(Schedule::load(file), samples::small());
  EXPECT_EQ(text_of(file), samples::small().to_json());
  EXPECT_THAT(names(), testing::ElementsAre("a.json"));
}

TEST_F(ScheduleFile, CreatesTheDirectory) {
  const fs::path file = directory_ / "some" / "where" / "a.json";
  samples::small().save(file);
  EXPECT_EQ(Schedule::load(file), samples::small());
}

TEST_F(ScheduleFile, ReplacesAFile) {
  const fs::path file = directory_ / "a.json";
  write(file, std::string(100'000, 'x'));
  samples::small().save(file);
  EXPECT_EQ(text_of(file), samples::small().to_json());
  EXPECT_THAT(names(), testing::ElementsAre("a.json"));
}

TEST_F(ScheduleFile, SavesUnderTheLongestName) {
  const fs::path file = directory_ / (std::string(250, 'x') + ".json");
  samples::small().save(file);
  EXPECT_EQ(Schedule::load(file), samples::small());
}

TEST_F(ScheduleFile, SavesThroughALink) {
  write(directory_ / "a.json", "old");
  fs::create_symlink("a.json", directory_ / "link.json");
  samples::small().save(directory_ / "link.json");
  EXPECT_TRUE(fs::is_symlink(directory_ / "link.json"));
  EXPECT_EQ(text_of(directory_ / "a.json"), samples::small().to_json());
}

TEST_F(ScheduleFile, NeverReplacesWhatIsNoFile) {
  const fs::path nested = directory_ / "nested";
  fs::create_directory(nested);
  EXPECT_EQ(save_error(samples::small(), nested),
            nested.string() + ": expected a regular file, found a directory");
  const fs::path pipe = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(save_error(samples::small(), pipe),
            pipe.string() + ": expected a regular file, found a pipe");
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_EQ(save_error(samples::small(), "/dev/null"),
            "/dev/null: expected a regular file, found a device");
}

TEST_F(ScheduleFile, SaysWhyADirectoryCannotBeCreated) {
  write(directory_ / "file", "");
  const fs::path below = directory_ / "file" / "below";
  EXPECT_EQ(save_error(samples::small(), below / "a.json"),
            below.string() + ": cannot be created: Not a directory");
}

// A disk that is full, as far as a test can have one: a limit on the size of files.
TEST_F(ScheduleFile, KeepsTheOldFileIfTheNewOneCannotBeWritten) {
  const fs::path file = directory_ / "a.json";
  write(file, "old");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string error = save_error(samples::small(), file);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, file.string() + ": cannot be written: File too large");
  EXPECT_EQ(text_of(file), "old");
  EXPECT_THAT(names(), testing::ElementsAre("a.json"));
}

TEST_F(ScheduleFile, RefusesToSaveWhatCouldNotBeLoaded) {
  Schedule schedule;
  schedule.test = std::string(64U << 20U, 'x');
  const fs::path file = directory_ / "a.json";
  EXPECT_THAT(save_error(schedule, file),
              testing::StartsWith(file.string() + ": expected at most 64 MiB, found "));
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(ScheduleFile, SaysWhyAFileCannotBeLoaded) {
  const fs::path missing = directory_ / "missing.json";
  EXPECT_EQ(load_error(missing), missing.string() + ": cannot be read: No such file or directory");
  EXPECT_EQ(load_error(""), ": cannot be read: No such file or directory");
  EXPECT_EQ(load_error(directory_),
            directory_.string() + ": expected a regular file, found a directory");
  EXPECT_EQ(load_error("/dev/zero"), "/dev/zero: expected a regular file, found a device");
  const fs::path pipe = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(load_error(pipe), pipe.string() + ": expected a regular file, found a pipe");
  const fs::path loop = directory_ / "loop";
  fs::create_symlink("loop", loop);
  EXPECT_THAT(load_error(loop), testing::StartsWith(loop.string() + ": cannot be read: "));
}

TEST_F(ScheduleFile, NamesTheFileInEveryError) {
  const fs::path file = directory_ / "a\nb.json";
  write(file, "{");
  EXPECT_EQ(load_error(file), (directory_ / "a\\nb.json").string() +
                                  ": line 1, column 2: expected a key in quotes, found the end of "
                                  "the text");
}

TEST_F(ScheduleFile, RefusesAFileThatIsTooLarge) {
  const fs::path file = directory_ / "a.json";
  write(file, "{}");
  fs::resize_file(file, (64U << 20U) + 1);  // Sparse: takes no space.
  EXPECT_EQ(load_error(file), file.string() + ": expected at most 64 MiB, found 67108865 bytes");
}

}  // namespace
}  // namespace coweave
