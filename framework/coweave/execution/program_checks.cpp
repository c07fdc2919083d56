#include "coweave/execution/program_checks.hpp"

#include <exception>
#include <utility>

#include "coweave/execution/exceptions.hpp"
#include "coweave/task/invariant.hpp"

namespace coweave::detail {

void ProgramChecks::check_invariants(FailureCollector& failures, TaskId task) {
  std::size_t kept = 0;
  for (InvariantBase* const invariant : invariants_) {
    std::string complaint;
    try {
      if (!invariant->holds()) complaint = "does not hold";
    } catch (const std::exception& thrown) {
      complaint = "threw " + type_name(thrown) + ": " + thrown.what();
    } catch (...) {
      complaint = "threw " + type_name_of_current();
    }
    if (complaint.empty()) {
      invariants_[kept++] = invariant;
      continue;
    }
    failures.add(FailureKind::invariant, "\"" + invariant->name() + "\" " + complaint,
                 failures.line_of(invariant->place()), task);
  }
  invariants_.resize(kept);
}

void ProgramChecks::note_sometimes(std::string_view name, bool holds) {
  for (Claim& claim : claims_) {
    if (claim.name != name) continue;
    claim.has_held = claim.has_held || holds;
    return;
  }
  claims_.push_back({std::string(name), holds});
}

void ProgramChecks::note_oversight(Oversight kind, std::string_view name, const Place& place) {
  const std::string_view file = shown_file(place.file_name(), source_root_);
  for (const Overlooked& known : overlooked_)
    if (known.kind == kind && known.place.line == place.line() && known.place.file == file &&
        known.name == name)
      return;
  overlooked_.push_back({kind, std::string(name), source_line(place, source_root_)});
}

}  // namespace coweave::detail
