#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <vector>

#include "coweave/schedule/schedule.hpp"

namespace coweave::detail {

/// Where the `number`-th failure (from 1) of `test` is saved: "DIR/Suite.Name.json", the second as
/// "DIR/Suite.Name-2.json". Characters that file systems mistrust become '_', and a hash keeps such
/// names apart.
[[nodiscard]] std::filesystem::path schedule_file(const std::filesystem::path& directory,
                                                  std::string_view test, std::size_t number);

/// The same for an execution that ends the process: "DIR/Suite.Name-crash.json".
[[nodiscard]] std::filesystem::path crash_file(const std::filesystem::path& directory,
                                               std::string_view test, std::size_t number);

/// Where the search of `test` leaves its position: "DIR/Suite.Name.checkpoint", or
/// "DIR/Suite.Name-2.checkpoint" where that one is another program's.
[[nodiscard]] std::filesystem::path checkpoint_file(const std::filesystem::path& directory,
                                                    std::string_view test);

/// Whether `file` holds a schedule of `test` that the running program has recorded, or that does
/// not say which program did.
[[nodiscard]] bool is_file_of(const std::filesystem::path& file, std::string_view test);

/// Whether the running program has recorded `schedule`, or it does not say which program did.
[[nodiscard]] bool is_of_this_program(const Schedule& schedule);

/// The JSON files of `directory` whose names begin like those of `test`, sorted by name: also
/// "Suite.Name-issue-12.json". Of another test's they may be, too. None if it cannot be read.
[[nodiscard]] std::vector<std::filesystem::path> files_of_test(
    const std::filesystem::path& directory, std::string_view test);

}  // namespace coweave::detail
