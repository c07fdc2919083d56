#pragma once

namespace coweave::detail {

/// While the frame of a task is destroyed that ended by an exception or a cancellation: what it
/// holds and has not awaited was not forgotten.
inline constinit thread_local bool destroys_failed_frame = false;

}  // namespace coweave::detail
