#include "coweave/core/operation.hpp"

namespace coweave {

std::string_view to_string(OperationKind kind) {
  switch (kind) {
    case OperationKind::start:
      return "start";
    case OperationKind::yield:
      return "yield";
    case OperationKind::call:
      return "call";
    case OperationKind::join:
      return "join";
    case OperationKind::gather:
      return "gather";
    case OperationKind::group:
      return "group";
    case OperationKind::wait_any:
      return "wait_any";
    case OperationKind::sleep:
      return "sleep";
    case OperationKind::idle:
      return "wait_all_tasks_blocked";
    case OperationKind::foreign:
      return "foreign";
    case OperationKind::acquire:
      return "acquire";
    case OperationKind::reacquire:
      return "reacquire";
    case OperationKind::wait:
      return "wait";
    case OperationKind::fault_point:
      return "fault_point";
    case OperationKind::put:
      return "put";
    case OperationKind::get:
      return "get";
    case OperationKind::take:
      return "take";
    case OperationKind::release:
      return "release";
    case OperationKind::set:
      return "set";
    case OperationKind::clear:
      return "clear";
    case OperationKind::notify:
      return "notify";
    case OperationKind::arrive:
      return "arrive";
    case OperationKind::pass:
      return "pass";
    case OperationKind::reset:
      return "reset";
    case OperationKind::abort:
      return "abort";
    case OperationKind::add:
      return "add";
    case OperationKind::remove:
      return "remove";
    case OperationKind::task_done:
      return "task_done";
    case OperationKind::shut_down:
      return "shut_down";
    case OperationKind::wake:
      return "wake";
    case OperationKind::spawn:
      return "spawn";
    case OperationKind::cancel:
      return "cancel";
    case OperationKind::timeout:
      return "timeout";
    case OperationKind::post:
      return "post";
    case OperationKind::complete:
      return "complete";
    case OperationKind::run_handlers:
      return "run_handlers";
    case OperationKind::resume:
      return "resume";
    case OperationKind::resume_inline:
      return "resume_inline";
    case OperationKind::read:
      return "read";
    case OperationKind::write:
      return "write";
    case OperationKind::update:
      return "update";
    case OperationKind::choose:
      return "choose";
    case OperationKind::check:
      return "check";
    case OperationKind::finish:
      return "finish";
    case OperationKind::advance:
      return "advance";
    case OperationKind::inject_cancel:
      return "inject_cancel";
    case OperationKind::inject_wake:
      return "inject_wake";
    case OperationKind::inject_fault:
      return "inject_fault";
  }
  return "?";
}

std::string_view to_string(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::none:
      return "none";
    case ObjectKind::lock:
      return "lock";
    case ObjectKind::semaphore:
      return "semaphore";
    case ObjectKind::bounded_semaphore:
      return "bounded_semaphore";
    case ObjectKind::event:
      return "event";
    case ObjectKind::condition:
      return "condition";
    case ObjectKind::fault_point:
      return "fault_point";
    case ObjectKind::barrier:
      return "barrier";
    case ObjectKind::queue:
      return "queue";
    case ObjectKind::shared:
      return "shared";
    case ObjectKind::future:
      return "future";
  }
  return "?";
}

std::string_view to_string(AwaitPoints points) {
  switch (points) {
    case AwaitPoints::every:
      return "every";
    case AwaitPoints::operations:
      return "operations";
    case AwaitPoints::suspending:
      return "suspending";
  }
  return "?";
}

}  // namespace coweave
