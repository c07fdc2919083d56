#pragma once

#include <string>

#include "coweave/runtime/object.hpp"

namespace coweave::detail {

/// Throws MisuseError: "release of lock "db": expected it to be held, found it free".
[[noreturn]] void misuse(const char* operation, const Object& object, const char* expected_found,
                         const Place& place);

/// The same where nothing may be thrown: recorded as a failure of the execution. No effect while
/// the execution is torn down.
void report_misuse(const char* operation, const Object& object, const char* expected_found,
                   const Place& place) noexcept;

/// For the end of an object: whoever still waits for it stays blocked and does not touch it again.
/// Returns whether any of them is no daemon: daemons may outlive what they wait for.
[[nodiscard]] bool abandon(WaitQueue& waiters) noexcept;

}  // namespace coweave::detail
