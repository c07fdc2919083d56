#include "coweave/exploration/report.hpp"

namespace coweave {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::exhaustive:
      return "exhaustive";
    case Verdict::bounded:
      return "bounded";
    case Verdict::sampled:
      return "sampled";
    case Verdict::replayed:
      return "replayed";
    case Verdict::failed:
      return "failed";
    case Verdict::limit_hit:
      return "limit hit";
    case Verdict::interrupted:
      return "interrupted";
  }
  return "?";
}

std::string_view to_string(CorpusEntry::State state) {
  switch (state) {
    case CorpusEntry::State::open:
      return "open";
    case CorpusEntry::State::fixed:
      return "fixed";
    case CorpusEntry::State::stale:
      return "stale";
    case CorpusEntry::State::unreadable:
      return "unreadable";
  }
  return "?";
}

}  // namespace coweave
