#include "coweave/exploration/schedule_files.hpp"

#include <cstdint>
#include <string>

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
  return directory /
         (stem_of(test) + (number > 1 ? "-" + std::to_string(number) : "") + ".json");
}

std::filesystem::path crash_file(const std::filesystem::path& directory, std::string_view test) {
  return directory / (stem_of(test) + "-crash.json");
}

}  // namespace coweave::detail
