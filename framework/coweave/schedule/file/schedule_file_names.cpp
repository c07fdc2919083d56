#include "coweave/schedule/file/schedule_file_names.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>

#include "coweave/core/error.hpp"
#include "coweave/core/hash.hpp"
#include "coweave/schedule/file/running_program.hpp"

namespace coweave::detail {
namespace {

/// What the files of `test` begin with.
std::string stem_of(std::string_view test) {
  constexpr std::size_t longest = 120;
  std::string name;
  std::uint64_t hash = 0;
  bool is_changed = test.size() > longest;
  for (const char c : test) {
    hash = roll(hash, static_cast<unsigned char>(c));
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    is_changed = is_changed || !is_plain;
    if (name.size() < longest) name += is_plain ? c : '_';
  }
  if (name.empty()) name = "unnamed";
  if (name.front() == '.') name.insert(name.begin(), '_');
  if (is_changed) name += "-" + std::to_string(hash % 1'000'000);
  return name;
}

/// A checkpoint may be large, and says near its beginning which program has written it.
bool is_checkpoint_of_another(const std::filesystem::path& file) {
  constexpr std::size_t most = 4'096;
  std::string text(most, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(most));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  constexpr std::string_view key = R"("binary":")";
  const std::size_t found = text.find(key);
  return found != text.npos &&
         !std::string_view(text).substr(found + key.size()).starts_with(program_name() + "\"");
}

}  // namespace

std::filesystem::path schedule_file(const std::filesystem::path& directory, std::string_view test,
                                    std::size_t number) {
  return directory / (stem_of(test) + (number > 1 ? "-" + std::to_string(number) : "") + ".json");
}

std::filesystem::path crash_file(const std::filesystem::path& directory, std::string_view test,
                                 std::size_t number) {
  return directory /
         (stem_of(test) + "-crash" + (number > 1 ? "-" + std::to_string(number) : "") + ".json");
}

std::filesystem::path checkpoint_file(const std::filesystem::path& directory,
                                      std::string_view test) {
  const std::string stem = stem_of(test);
  std::filesystem::path file = directory / (stem + ".checkpoint");
  for (std::size_t number = 2; is_checkpoint_of_another(file); ++number)
    file = directory / (stem + "-" + std::to_string(number) + ".checkpoint");
  return file;
}

bool is_of_this_program(const Schedule& schedule) {
  return schedule.program.empty() || schedule.program == program_name();
}

bool is_file_of(const std::filesystem::path& file, std::string_view test) {
  try {
    const Schedule schedule = Schedule::load(file);
    return schedule.test == test && is_of_this_program(schedule);
  } catch (const Error&) {  // Somebody else's.
    return false;
  }
}

std::vector<std::filesystem::path> files_of_test(const std::filesystem::path& directory,
                                                 std::string_view test) {
  namespace fs = std::filesystem;
  const std::string stem = stem_of(test);
  std::vector<fs::path> files;
  std::error_code error;  // A directory that is not there holds nothing.
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool begins = name.starts_with(stem) && name.ends_with(".json") &&
                        (name[stem.size()] == '.' || name[stem.size()] == '-');
    if (begins) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace coweave::detail
