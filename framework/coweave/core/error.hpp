#pragma once

#include <stdexcept>
#include <string>

#include "coweave/core/place.hpp"

namespace coweave {

/// Misuse of Coweave itself: a bad option, a bad schedule file, an await outside any scheduler.
/// Says what was expected, what was found and where. A failure of the program under test is never
/// an Error: it is a value in the Report.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Misuse of a primitive by the program: release of a lock that is not held, a wait without the
/// lock. asyncio raises RuntimeError or ValueError there. A failure of kind `misuse` if no task
/// handles it.
class MisuseError : public std::logic_error {
 public:
  MisuseError(const std::string& message, Place place) : std::logic_error(message), place_(place) {}
  [[nodiscard]] const Place& place() const { return place_; }

 private:
  Place place_;
};

/// Thrown at the suspension point of a task that was cancelled. Not a std::exception, as asyncio's
/// CancelledError is no Exception: `catch (const std::exception&)` must not swallow a cancellation.
class CancelledError {
 public:
  explicit CancelledError(std::string message = {}) : message_(std::move(message)) {}
  /// What was given to `cancel(message)`.
  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  std::string message_;
};

namespace detail {

/// Base of the exceptions by which a program says that a deadline has passed (TimeoutError).
class DeadlinePassed {
 protected:
  DeadlinePassed() = default;
  DeadlinePassed(const DeadlinePassed&) = default;
  DeadlinePassed& operator=(const DeadlinePassed&) = default;
  ~DeadlinePassed() = default;
};

/// Aborts with "coweave internal error", and the schedule so far if an execution is under way.
[[noreturn]] void internal_error(const char* claim, Place place = Place::current()) noexcept;

/// What internal_error prints besides: set by the running execution, null elsewhere.
using DescribeFault = void (*)(const void* execution) noexcept;
void describe_fault_with(DescribeFault describe, const void* execution) noexcept;

}  // namespace detail
}  // namespace coweave

/// A claim about Coweave's own state. Checked in every build; never for what a user can cause.
#define COWEAVE_INVARIANT(claim) \
  ((claim) ? static_cast<void>(0) : ::coweave::detail::internal_error(#claim))
