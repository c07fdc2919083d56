#pragma once

#include <stdexcept>
#include <string_view>

#include "coweave/runtime/object.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave {

/// What a fault point throws.
class InjectedFault : public std::runtime_error {
 public:
  explicit InjectedFault(std::string_view fault_point);
};

namespace detail {

class FaultPoint : protected Object {
 public:
  FaultPoint(std::string_view name, const Place& place)
      : Object(ObjectKind::fault_point, name, place) {}
  /// Returns or throws InjectedFault, as the exploration decides.
  void decide() const;
};

class [[nodiscard("write: co_await fault_point(...);")]] FaultPointAwaiter : public OwnAwaiter,
                                                                             private FaultPoint {
 public:
  FaultPointAwaiter(std::string_view name, const Place& place) : FaultPoint(name, place) {}

  [[nodiscard]] bool await_ready() { return !suspends_when_complete(); }
  void await_suspend(std::coroutine_handle<> leaf) {
    suspend_ready(leaf, {OperationKind::fault_point, id(), created_at()}, TaskState::ready_head);
    is_suspended_ = true;
  }
  void await_resume();

 private:
  bool is_suspended_ = false;
};

}  // namespace detail

/// `may_fail("disk full");` is a fault point as a plain call: in a coroutine of any library, Asio's
/// too, in a handler or in a function. It does not suspend; else as fault_point(), and outside
/// explore() and run() it returns.
void may_fail(std::string_view name, Place place = Place::current());

/// `co_await fault_point("disk full")`: a place where the outside world may fail. In an exploration
/// both are branches of the search: it returns, or it throws InjectedFault, in at most
/// Options::inject_faults places of an execution. Under run() it returns. Throws CancelledError.
/// For coroutines that await what their own library knows only, such as those of Asio: may_fail().
[[nodiscard]] inline detail::FaultPointAwaiter fault_point(std::string_view name,
                                                           Place place = Place::current()) {
  return {name, place};
}

}  // namespace coweave
