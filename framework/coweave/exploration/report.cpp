#include "coweave/exploration/report.hpp"

namespace coweave {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::exhaustive: return "exhaustive";
    case Verdict::bounded: return "bounded";
    case Verdict::sampled: return "sampled";
    case Verdict::replayed: return "replayed";
    case Verdict::failed: return "failed";
    case Verdict::limit_hit: return "limit hit";
  }
  return "?";
}

}  // namespace coweave
