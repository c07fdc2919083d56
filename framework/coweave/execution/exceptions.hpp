#pragma once

#include <exception>
#include <string>

#include "coweave/runtime/task_control.hpp"

namespace coweave::detail {

/// As the compiler writes it in its messages.
[[nodiscard]] std::string type_name(const std::exception& thrown);
/// Within a handler: of what it handles.
[[nodiscard]] std::string type_name_of_current();
/// Whether it says that a deadline has passed: a TimeoutError, or a group of nothing else.
[[nodiscard]] bool is_deadline_passed(const std::exception& thrown);
/// What `task` ended by, or null.
[[nodiscard]] const std::exception_ptr& error_of(const TaskControl& task);
/// The type of that; empty if there is none, or a CancelledError.
[[nodiscard]] std::string exception_type(const TaskControl& task);

}  // namespace coweave::detail
