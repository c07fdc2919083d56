#include "coweave/exploration/schedule_files.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <system_error>

#include "coweave/core/hash.hpp"

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
  return directory / (stem_of(test) + ".checkpoint");
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
