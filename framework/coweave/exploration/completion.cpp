#include "coweave/exploration/completion.hpp"

namespace coweave {

std::string_view to_string(Completion::Kind kind) {
  switch (kind) {
    case Completion::Kind::none:
      return "none";
    case Completion::Kind::every:
      return "every";
    case Completion::Kind::every_so_far:
      return "every_so_far";
    case Completion::Kind::bounded:
      return "bounded";
    case Completion::Kind::all_of_strategy:
      return "all_of_strategy";
    case Completion::Kind::cut_enumeration:
      return "cut_enumeration";
    case Completion::Kind::sampled:
      return "sampled";
    case Completion::Kind::stopped:
      return "stopped";
    case Completion::Kind::skipped:
      return "skipped";
    case Completion::Kind::interrupted:
      return "interrupted";
  }
  return "?";
}

std::string_view to_string(SearchEnd end) {
  switch (end) {
    case SearchEnd::none:
      return "none";
    case SearchEnd::exhausted:
      return "exhausted";
    case SearchEnd::failure:
      return "failure";
    case SearchEnd::schedules:
      return "schedules";
    case SearchEnd::time:
      return "time";
    case SearchEnd::memory:
      return "memory";
    case SearchEnd::skipped:
      return "skipped";
    case SearchEnd::interrupted:
      return "interrupted";
    case SearchEnd::unfair:
      return "unfair";
  }
  return "?";
}

}  // namespace coweave
