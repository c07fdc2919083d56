#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include "coweave/core/error.hpp"
#include "coweave/schedule/file/schedule_format.hpp"
#include "coweave/schedule/file/whole_file.hpp"
#include "coweave/schedule/printable.hpp"
#include "coweave/schedule/schedule.hpp"

namespace coweave {
namespace {

namespace fs = std::filesystem;

using File =
    std::unique_ptr<std::FILE, decltype([](std::FILE* file) {
                      static_cast<void>(std::fclose(file));  // Of a failure on the way out.
                    })>;

[[noreturn]] void throw_file_error(const fs::path& file, std::string_view reason) {
  throw Error(printable(file.native()) + ": " + std::string(reason));
}

[[noreturn]] void throw_file_error(const fs::path& file, std::string_view attempt,
                                   const std::error_code& error) {
  throw_file_error(file, std::string(attempt) + ": " + error.message());
}

[[nodiscard]] std::error_code last_error() { return {errno, std::generic_category()}; }

[[nodiscard]] std::string_view type_text(fs::file_type type) {
  switch (type) {
    case fs::file_type::directory:
      return "a directory";
    case fs::file_type::fifo:
      return "a pipe";
    case fs::file_type::socket:
      return "a socket";
    case fs::file_type::block:
    case fs::file_type::character:
      return "a device";
    default:
      return "something else";
  }
}

void must_be_regular(const fs::path& file, const fs::file_status& status) {
  if (!fs::is_regular_file(status))
    throw_file_error(file,
                     "expected a regular file, found " + std::string(type_text(status.type())));
}

[[noreturn]] void fail_size(const fs::path& file, std::size_t most, std::string_view found) {
  throw_file_error(file, "expected at most " + std::to_string(most >> 20U) + " MiB, found " +
                             std::string(found));
}

/// Before anything is read: opening a pipe would wait for a writer, and a device has no end.
void check_readable(const fs::path& file, std::size_t most) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) throw_file_error(file, "cannot be read", error);
  must_be_regular(file, status);
  const std::uintmax_t bytes = fs::file_size(file, error);
  if (error) throw_file_error(file, "cannot be read", error);
  if (bytes > most) fail_size(file, most, std::to_string(bytes) + " bytes");
}

[[nodiscard]] std::string read_bytes(const fs::path& file, std::size_t most) {
  const File in(std::fopen(file.c_str(), "rb"));
  if (!in) throw_file_error(file, "cannot be read", last_error());
  std::string text;
  constexpr std::size_t block = std::size_t{1} << 16U;
  for (std::size_t got = block; got == block;) {
    const std::size_t before = text.size();
    text.resize(before + block);
    got = std::fread(text.data() + before, 1, block, in.get());
    text.resize(before + got);
    // It may have grown since it was checked.
    if (text.size() > most) fail_size(file, most, "more");
  }
  if (std::ferror(in.get()) != 0) throw_file_error(file, "cannot be read", last_error());
  return text;
}

/// A new file beside `target`, removed again unless it takes the place of `target`.
class Replacement {
 public:
  explicit Replacement(const fs::path& target) : target_(target) {
    // The name is ours alone: "x" refuses a file that exists. Its length does not depend on the
    // target's, which may have the greatest length there is.
    constexpr int attempts = 1'000;
    for (int attempt = 0; !out_; ++attempt) {
      const std::string name =
          ".coweave-" + std::to_string(::getpid()) + '-' + std::to_string(attempt) + ".tmp";
      name_ = target.parent_path() / name;
      out_.reset(std::fopen(name_.c_str(), "wbx"));
      if (!out_ && (errno != EEXIST || attempt == attempts))
        throw_file_error(target_, "cannot be written", last_error());
    }
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  ~Replacement() {
    if (is_done_) return;
    out_.reset();
    std::error_code ignored;  // The reason for which it is removed is reported instead.
    fs::remove(name_, ignored);
  }

  void write(std::string_view text) {
    const bool is_written = std::fwrite(text.data(), 1, text.size(), out_.get()) == text.size();
    // Only closing tells whether all of it has arrived.
    if (!is_written || std::fclose(out_.release()) != 0)
      throw_file_error(target_, "cannot be written", last_error());
  }

  void take_place() {
    std::error_code error;
    fs::rename(name_, target_, error);
    if (error) throw_file_error(target_, "cannot be written", error);
    is_done_ = true;
  }

 private:
  fs::path target_;
  fs::path name_;
  File out_;
  bool is_done_ = false;
};

/// Where the file is to be renamed to. What is no regular file is never replaced: a device or a
/// pipe would be gone. A symbolic link stays, and what it points to is replaced.
[[nodiscard]] fs::path target_of(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return file;
  must_be_regular(file, status);
  if (!fs::is_symlink(fs::symlink_status(file, error))) return file;
  const fs::path target = fs::canonical(file, error);
  return error ? file : target;
}

}  // namespace

namespace detail {

std::string read_whole_file(const std::filesystem::path& file, std::size_t most) {
  check_readable(file, most);
  return read_bytes(file, most);
}

void write_whole_file(const std::filesystem::path& file, std::string_view text) {
  const fs::path directory = file.parent_path();
  std::error_code error;
  if (!directory.empty()) fs::create_directories(directory, error);
  if (error) throw_file_error(directory, "cannot be created", error);
  Replacement replacement(target_of(file));
  replacement.write(text);
  replacement.take_place();
}

}  // namespace detail

namespace {

/// Whether the picks come so early in the file that it may be one of picks alone.
[[nodiscard]] bool begins_with_picks(const fs::path& file) {
  const File in(std::fopen(file.c_str(), "rb"));
  std::string text(std::size_t{1} << 20U, '\0');
  text.resize(in ? std::fread(text.data(), 1, text.size(), in.get()) : 0);
  return text.find("\"picks\"") != std::string::npos;
}

[[nodiscard]] std::uint64_t most_bytes_of(const fs::path& file) {
  std::error_code error;  // Of a file that cannot be read: that is said when it is read.
  const bool is_regular = fs::is_regular_file(fs::status(file, error));
  if (!is_regular || fs::file_size(file, error) <= detail::most_schedule_bytes)
    return detail::most_schedule_bytes;
  return begins_with_picks(file) ? detail::most_picks_bytes : detail::most_schedule_bytes;
}

}  // namespace

Schedule Schedule::load(const std::filesystem::path& file) {
  return from_json(detail::read_whole_file(file, most_bytes_of(file)), file.native());
}

void Schedule::save(const std::filesystem::path& file) const {
  using detail::ScheduleParts;
  std::string text;
  for (const ScheduleParts parts :
       {ScheduleParts::all, ScheduleParts::without_passing, ScheduleParts::picks}) {
    if (parts == ScheduleParts::without_passing && !explanation.passing) continue;
    if (parts == ScheduleParts::picks && trace.steps.empty()) break;
    text = detail::schedule_text(*this, parts);
    if (text.size() <= detail::most_schedule_bytes) break;
  }
  // It could never be read again.
  const std::uint64_t most = picks.size() > detail::most_schedule_bytes / 16
                                 ? detail::most_picks_bytes
                                 : detail::most_schedule_bytes;
  if (text.size() > most) fail_size(file, most, std::to_string(text.size()) + " bytes to write");
  detail::write_whole_file(file, text);
}

}  // namespace coweave
