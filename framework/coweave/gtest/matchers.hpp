#pragma once

#include <gmock/gmock.h>

#include <string>

#include "coweave/report/printing.hpp"

namespace coweave {

/// Matches a Report that failed and whose first failure, in the order found, is of `kind`: for code
/// that is meant to be wrong. Under Options::keep_going the failures after it do not count.
[[nodiscard]] ::testing::Matcher<const Report&> FailsWith(FailureKind kind);

/// The same, if the message of that failure also matches.
[[nodiscard]] ::testing::Matcher<const Report&> FailsWith(
    FailureKind kind, const ::testing::Matcher<const std::string&>& message);

/// Matches a Report without failures that claims every interleaving.
[[nodiscard]] ::testing::Matcher<const Report&> PassesExhaustively();

/// Matches a Report without failures, whatever it claims: also one whose search a limit cut short.
[[nodiscard]] ::testing::Matcher<const Report&> Passes();

}  // namespace coweave
