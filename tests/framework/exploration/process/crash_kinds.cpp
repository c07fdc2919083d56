#include "crash_kinds.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace crash_kinds {
namespace {

volatile int zero = 0;
volatile int hundred = 100;
volatile std::size_t depth_needed = 1'000'000'000;

void fail() {
  if (zero == 0) throw std::runtime_error("nobody may see this");
}

std::size_t recurse(std::size_t depth) {  // NOLINT(misc-no-recursion)
  std::array<volatile char, 512> frame{};
  frame[depth % frame.size()] = static_cast<char>(depth);
  if (depth == depth_needed) return 0;
  return recurse(depth + 1) + static_cast<std::size_t>(frame[depth % frame.size()]);
}

struct Base {
  Base() = default;
  virtual ~Base() { call(); }
  void call() { pure(); }
  virtual void pure() = 0;
};
struct Derived final : Base {
  void pure() override {}
};

}  // namespace

void dereference_null() {
  volatile int* volatile nothing = nullptr;
  *nothing = 1;
}
void throw_where_none_may_leave() noexcept { fail(); }
void leave_a_mapped_file() {
  std::array<char, 32> name{"/tmp/coweave-bus-XXXXXX"};
  const int file = ::mkstemp(name.data());
  static_cast<void>(::unlink(name.data()));
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  *static_cast<volatile char*>(page) = 1;  // The file is empty: there is no such byte.
}
void free_twice() {
  void* volatile memory = std::malloc(100);
  void* volatile again = memory;
  std::free(memory);
  std::free(again);
}
void use_after_free() {
  volatile int* volatile memory = new int(1);
  delete memory;
  *memory = 2;
}
void overflow_the_stack() { zero = static_cast<int>(recurse(0)); }
void divide_by_zero() { zero = hundred / zero; }
void call_a_pure_virtual_function() { static_cast<void>(std::make_unique<Derived>()); }

}  // namespace crash_kinds
