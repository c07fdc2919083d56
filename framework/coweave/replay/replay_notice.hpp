#pragma once

namespace coweave::detail {

/// Names a file that a replay writes to when it begins: so `coweave replay` learns whether the
/// program that it has started replays anything.
inline constexpr const char* replay_notice_variable = "COWEAVE_REPLAY_STARTED";

/// A replay begins. Does nothing without the variable.
void give_replay_notice();

}  // namespace coweave::detail
