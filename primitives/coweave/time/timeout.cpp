#include "coweave/time/timeout.hpp"

#include <string>

#include "coweave/runtime/elsewhere.hpp"

namespace coweave {
using detail::context;

TimeoutScope::TimeoutScope(Clock::duration duration) {
  if (const Clock::time_point deadline = detail::time_after(duration);
      deadline != Clock::time_point::max())
    when_ = deadline;
  prepare();
}

void TimeoutScope::prepare() {
  call = [](Listener& listener) { static_cast<TimeoutScope&>(listener).expire(); };
  is_deadline = true;
  epoch_ = context.epoch;
}

bool TimeoutScope::note_use_elsewhere(std::string_view operation,
                                      const Place& place) const noexcept {
  return detail::note_use_elsewhere(epoch_, std::string(operation) + " of a timeout scope", place);
}

void TimeoutScope::note_look() const {
  if (context.accesses == nullptr || is_old() || context.current == task) return;
  if (task != nullptr) {
    context.accesses->tasks().controls(task->id, AccessKind::read);
  } else {
    context.accesses->tasks().touches_untracked();  // Before it is entered, it is nobody's.
  }
}

void TimeoutScope::enter(const Place& place) {
  if (state_ != State::created)
    throw MisuseError("run of a timeout scope: expected a new one, found one that has been entered",
                      place);
  if (context.current == nullptr) detail::no_scheduler(OperationKind::timeout, place);
  state_ = State::active;
  epoch_ = context.epoch;
  place_ = place;
  task = context.current;
  cancelling_ = task->cancel_requests;
  arm();
}

void TimeoutScope::arm() {
  if (!when_) return;
  context.services->arm_timer(*this, *when_);
  is_armed_ = true;
}

void TimeoutScope::disarm() noexcept {
  if (is_armed_ && !context.is_tearing_down) context.services->disarm_timer(*this);
  is_armed_ = false;
}

void TimeoutScope::reschedule(std::optional<Clock::time_point> when, Place place) {
  if (is_used_elsewhere("reschedule", place)) return;
  note_look();
  if (state_ != State::active || is_old()) {
    const char* found = state_ == State::created    ? "one that has not been entered"
                        : is_old()                  ? "one of an execution that has ended"
                        : state_ == State::expiring ? "one that has expired"
                                                    : "one that has ended";
    throw MisuseError(
        std::string("reschedule of a timeout scope: expected a running one, found ") + found,
        place);
  }
  if (context.accesses != nullptr && context.current != task)
    context.accesses->tasks().reschedules(task->id);
  disarm();
  when_ = when;
  arm();
}

void TimeoutScope::expire() {
  is_armed_ = false;
  state_ = State::expiring;
  if (context.is_recording)
    detail::record(OperationKind::timeout, ObjectId::none, place_, task->id);
  detail::request_cancel(*task, {});
}

bool TimeoutScope::leave() noexcept {
  if (is_old()) [[unlikely]] {  // Its frame was leaked: the timer and the task are gone.
    static_cast<void>(is_used_elsewhere("end", place_));
    is_armed_ = false;
    state_ = State::exited;
    return false;
  }
  disarm();
  if (state_ == State::expiring) {
    state_ = State::expired;
    return detail::uncancel(*task) <= cancelling_;
  }
  state_ = State::exited;
  return false;
}

void TimeoutScope::throw_timeout() const {
  throw TimeoutError("timed out: the deadline passed before what was awaited at " +
                     to_string(source_line(place_, {})) + " had ended");
}

}  // namespace coweave
