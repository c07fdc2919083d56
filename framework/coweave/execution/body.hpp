#pragma once

#include <functional>

namespace coweave::detail {

/// Creates the root task of the program under test; called once for every execution.
using Body = std::function<void()>;

}  // namespace coweave::detail
