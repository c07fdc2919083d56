#include "coweave/task/choose.hpp"

#include "coweave/runtime/elsewhere.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave {

std::uint32_t choose(std::uint32_t alternatives, Place place) {
  if (detail::context.services == nullptr) {
    if (detail::note_use_elsewhere("choose", place)) return 0;
    detail::no_scheduler(OperationKind::choose, place);
  }
  if (alternatives == 0)
    throw Error("choose at " + to_string(source_line(place, {})) +
                ": expected at least 1 alternative, found 0");
  return detail::context.services->choose(alternatives, place);
}

bool check(bool condition, std::string_view text, Place place) {
  if (condition) [[likely]]
    return true;
  const bool is_apart = detail::context.services == nullptr;
  if (is_apart && detail::note_use_elsewhere("a failed check (" + std::string(text) + ")", place))
    return false;
  if (is_apart)
    throw Error("check failed outside explore(): " + std::string(text) + " at " +
                to_string(source_line(place, {})));
  detail::context.services->report_failure(FailureKind::check, std::string(text), place.file_name(),
                                           place.line());
  return false;
}

bool sometimes(bool condition, std::string_view name, Place place) {
  if (detail::context.services == nullptr) {
    detail::note_use_elsewhere("sometimes", place);
  } else if (!detail::context.is_tearing_down) {
    detail::context.services->note_sometimes(name, condition);
  }
  return condition;
}

}  // namespace coweave
