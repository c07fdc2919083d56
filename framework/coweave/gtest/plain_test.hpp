#pragma once

#include <gtest/gtest.h>

#include <concepts>
#include <coroutine>

#include "coweave/runtime/foreign.hpp"

/// The body of a plain TEST, TEST_F or TEST_P is no coroutine, nor are SetUp and TearDown: one
/// message instead of "unable to find the promise type".
template <class Test, class... Arguments>
requires std::derived_from<Test, ::testing::Test>
struct std::coroutine_traits<void, Test&, Arguments...> {
  struct promise_type {
    static_assert(
        coweave::detail::never<Test>,
        "a plain TEST cannot co_await: write COWEAVE_TEST(suite, name), or COWEAVE_TEST_F "
        "or COWEAVE_TEST_P with a fixture; SetUp and TearDown cannot");
    void get_return_object() {}
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void unhandled_exception() {}
    void return_void() {}
    template <class Awaited>
    coweave::detail::AwaiterOfAnything await_transform(Awaited&& /*awaited*/) {
      return {};
    }
  };
};
