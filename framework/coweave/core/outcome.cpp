#include "coweave/core/outcome.hpp"

#include <array>
#include <utility>

namespace coweave {
namespace {

constexpr auto names = std::to_array<std::pair<FailureKind, std::string_view>>({
    {FailureKind::check, "check"},
    {FailureKind::exception, "exception"},
    {FailureKind::deadlock, "deadlock"},
    {FailureKind::livelock, "livelock"},
    {FailureKind::leaked_task, "leaked_task"},
    {FailureKind::misuse, "misuse"},
    {FailureKind::invariant, "invariant"},
    {FailureKind::uncontrolled, "uncontrolled"},
    {FailureKind::nondeterminism, "nondeterminism"},
    {FailureKind::diverged, "diverged"},
    {FailureKind::crash, "crash"},
});

}  // namespace

std::string_view to_string(FailureKind kind) {
  for (const auto& [candidate, text] : names)
    if (candidate == kind) return text;
  return "?";
}

std::optional<FailureKind> failure_kind_from(std::string_view text) {
  for (const auto& [kind, candidate] : names)
    if (candidate == text) return kind;
  return std::nullopt;
}

}  // namespace coweave
