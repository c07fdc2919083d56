#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "coweave/core/operation.hpp"
#include "coweave/core/outcome.hpp"

namespace coweave {

/// "1 schedule", "20 schedules".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view noun);

/// As a person would say it: "bounded semaphore", where to_string gives the key of the files.
[[nodiscard]] std::string in_words(ObjectKind kind);
/// "check failed", "deadlock", "leaked task".
[[nodiscard]] std::string in_words(FailureKind kind);

}  // namespace coweave
