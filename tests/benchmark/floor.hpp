#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <vector>

/// The floor that a Coweave step is judged by: what the coroutine machinery alone costs. Tasks of a
/// number of yields each are created in an arena, resumed in the order that a bare loop picks, and
/// destroyed; nothing is recorded, checked or reported.
namespace coweave::floor {

inline std::byte arena[1U << 20U];
inline std::size_t arena_used = 0;
inline int counter = 0;

struct Strand {
  struct promise_type {
    static void* operator new(std::size_t size) {
      void* frame = arena + arena_used;
      arena_used += (size + 15U) & ~std::size_t{15};
      return frame;
    }
    static void operator delete(void* /*frame*/, std::size_t /*size*/) {}
    Strand get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

inline Strand increment(int yields) {
  for (int i = 0; i < yields; ++i) {
    const int seen = counter;
    co_await std::suspend_always{};
    counter = seen + 1;
  }
}

/// Every interleaving, deepest choice first.
class Dfs {
 public:
  bool next(std::uint64_t done) {
    depth_ = 0;
    if (done == 0) return true;
    while (!path_.empty() && path_.back().pick + 1 == path_.back().width) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().pick;
    return true;
  }
  std::size_t choose(std::size_t ready) {
    if (depth_ == path_.size()) path_.push_back({0, static_cast<std::uint8_t>(ready)});
    return path_[depth_++].pick;
  }

 private:
  struct Branch {
    std::uint8_t pick;
    std::uint8_t width;
  };
  std::vector<Branch> path_;
  std::size_t depth_ = 0;
};

/// `executions` random ones.
class Random {
 public:
  explicit Random(std::uint64_t executions) : executions_(executions) {}
  [[nodiscard]] bool next(std::uint64_t done) const { return done < executions_; }
  std::size_t choose(std::size_t ready) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return static_cast<std::size_t>(((state_ >> 32U) * ready) >> 32U);
  }

 private:
  std::uint64_t executions_;
  std::uint64_t state_ = 0x9E3779B97F4A7C15U;
};

/// Returns the number of executions.
template <class Order>
std::uint64_t run(Order order, std::size_t tasks, int yields) {
  std::coroutine_handle<> all[16];
  std::coroutine_handle<> ready[16];
  std::uint64_t executions = 0;
  for (; order.next(executions); ++executions) {
    arena_used = 0;
    counter = 0;
    for (std::size_t i = 0; i < tasks; ++i) all[i] = ready[i] = increment(yields).handle;
    for (std::size_t live = tasks; live > 0;) {
      const std::size_t i = live == 1 ? 0 : order.choose(live);
      ready[i].resume();
      if (ready[i].done()) {
        --live;
        for (std::size_t j = i; j < live; ++j) ready[j] = ready[j + 1];
      }
    }
    for (std::size_t i = 0; i < tasks; ++i) all[i].destroy();
  }
  return executions;
}

}  // namespace coweave::floor
