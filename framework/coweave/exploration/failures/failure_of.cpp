#include "coweave/exploration/failures/failure_of.hpp"

#include <string>

#include "coweave/core/words.hpp"

namespace coweave::detail {

Failure failure_of(const RecordedRun& run) {
  const ExecutionFailure& first = run.failures.front();
  Failure failure;
  failure.kind = first.kind;
  failure.message = first.message;
  failure.place = first.place;
  for (std::size_t i = 1; i < run.failures.size(); ++i)
    failure.also.push_back(std::string(to_string(run.failures[i].kind)) + ": " +
                           run.failures[i].message);
  if (run.failures_left_out > 0)
    failure.also.push_back(counted(run.failures_left_out, "more failure"));
  return failure;
}

}  // namespace coweave::detail
