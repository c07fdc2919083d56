#pragma once

/// Ways to end a process. In a source of their own, which is also compiled for AddressSanitizer.
namespace crash_kinds {

void dereference_null();
void throw_where_none_may_leave() noexcept;
void leave_a_mapped_file();
void free_twice();
void use_after_free();
void overflow_the_stack();
void divide_by_zero();
void call_a_pure_virtual_function();

}  // namespace crash_kinds
