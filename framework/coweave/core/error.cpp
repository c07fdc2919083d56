#include "coweave/core/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace coweave::detail {
namespace {

constinit thread_local DescribeFault describe_fault = nullptr;
constinit thread_local const void* faulty_execution = nullptr;

}  // namespace

void describe_fault_with(DescribeFault describe, const void* execution) noexcept {
  describe_fault = describe;
  faulty_execution = execution;
}

void internal_error(const char* claim, Place place) noexcept {
  std::fprintf(stderr, "coweave internal error: %s does not hold at %s:%u\n", claim,
               place.file_name(), static_cast<unsigned>(place.line()));
  if (const DescribeFault describe = describe_fault) {
    describe_fault = nullptr;  // A second fault while describing the first must not recurse.
    describe(faulty_execution);
  }
  std::abort();
}

}  // namespace coweave::detail
