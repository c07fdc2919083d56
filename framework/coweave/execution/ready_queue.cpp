#include "coweave/execution/ready_queue.hpp"

namespace coweave::detail {

void ReadyQueue::close_gap_of_many(std::size_t position) {
  // `most_packed` + 1 entries are packed here too: remove() then leaves only `most_packed`.
  if (view_.size > most_packed + 1) {
    if (view_.sparse == nullptr) sparse_.begin(view_, most_);
    return sparse_.take_out(view_, position);
  }
  if (view_.sparse != nullptr) show_packed();
  ReadyTask** const gap = view_.tasks + position;
  std::memmove(gap, gap + 1, (view_.size - position - 1) * sizeof(ReadyTask*));
}

void ReadyQueue::move_to_front_of_many(std::size_t position) {
  if (view_.sparse == nullptr) sparse_.begin(view_, most_);
  sparse_.move_to_front(view_, position);
}

}  // namespace coweave::detail
