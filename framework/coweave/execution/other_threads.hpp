#pragma once

#include <pthread.h>

#include <cstddef>
#include <optional>

namespace coweave::detail {

/// How many threads the process has besides the calling one and those of Coweave and of a
/// sanitizer: threads that could resume a task or use a primitive. Null where the system does not
/// say. Takes a few microseconds; not for the hot path.
[[nodiscard]] std::optional<std::size_t> count_other_threads();

/// `thread` is Coweave's own: count_other_threads() leaves it out from now on.
void mark_own_thread(pthread_t thread);

}  // namespace coweave::detail
