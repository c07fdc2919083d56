#include "coweave/task/invariant.hpp"

#include "coweave/runtime/context.hpp"
#include "coweave/runtime/elsewhere.hpp"

namespace coweave::detail {

void InvariantBase::enlist() {
  if (context.services == nullptr) note_use_elsewhere("invariant", place_);
  if (context.services == nullptr || context.is_tearing_down) return;
  epoch_ = context.epoch;
  context.services->add_invariant(*this);
}

void InvariantBase::leave() noexcept {
  // One that outlives its execution is on no list any more.
  if (epoch_ != 0 && context.services != nullptr && context.epoch == epoch_)
    context.services->remove_invariant(*this);
}

}  // namespace coweave::detail
