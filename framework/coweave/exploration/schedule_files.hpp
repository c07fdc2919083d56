#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace coweave::detail {

/// Where the `number`-th failure (from 1) of `test` is saved: "DIR/Suite.Name.json", the second as
/// "DIR/Suite.Name-2.json". Characters that file systems mistrust become '_', and a hash keeps such
/// names apart.
[[nodiscard]] std::filesystem::path schedule_file(const std::filesystem::path& directory,
                                                  std::string_view test, std::size_t number);

/// Where an execution of `test` that ends the process is saved: "DIR/Suite.Name-crash.json".
[[nodiscard]] std::filesystem::path crash_file(const std::filesystem::path& directory,
                                               std::string_view test);

}  // namespace coweave::detail
