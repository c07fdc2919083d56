// TaskGroup. Statements are those of asyncio_semantics.md, section 6; CPython's tests are those of
// test_taskgroups.py.

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "primitives/support.hpp"

namespace coweave::test {
namespace {

using namespace std::chrono_literals;

template <class Body>
void expect_passes_under_all_await_points(Body body) {
  expect_passes_exhaustively(body);
  EXPECT_THAT(explore(body, exhaustively(AwaitPoints::operations)), PassesExhaustively());
}

Task<int> gives_after(Clock::duration duration, int value) {
  co_await sleep_for(duration);
  co_return value;
}
Task<> sleeps(Clock::duration duration) { co_await sleep_for(duration); }
Task<> crashes_after(Clock::duration duration, std::string text) {
  co_await sleep_for(duration);
  throw std::domain_error(text);
}
Task<> counts_cancellation(Clock::duration duration, int& count, int by = 1) {
  try {
    co_await sleep_for(duration);
  } catch (const CancelledError&) {
    count += by;
    throw;
  }
}

/// The texts of the std::domain_errors in a group that leaves `task`, nested ones too; "none" if it
/// ends otherwise.
Task<std::vector<std::string>> errors_of(Task<> task) {
  std::vector<std::string> texts;
  try {
    co_await std::move(task);
  } catch (const ExceptionGroup& group) {
    for (const std::exception_ptr& each : group.flattened()) {
      try {
        std::rethrow_exception(each);
      } catch (const std::domain_error& error) {
        texts.emplace_back(error.what());
      } catch (...) {
        texts.emplace_back("another exception");
      }
    }
    co_return texts;
  }
  texts.emplace_back("none");
  co_return texts;
}
using Texts = std::vector<std::string>;

/// No braced list may stand beside a co_await (g++ 12).
template <class... Text>
Texts expected(const Text&... text) {
  Texts all;
  (all.emplace_back(text), ...);
  return all;
}

// TaskGroup 1. CPython: test_taskgroup_01.
TEST(TaskGroup, WaitsForItsChildren) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TaskHandle<int> first;
    TaskHandle<int> second;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      first = group.spawn(gives_after(1s, 42));
      second = group.spawn(gives_after(2s, 11));
      EXPECT_EQ(group.running(), 2U);
      co_return;
    });
    EXPECT_TRUE(first.done() && second.done());
    EXPECT_EQ(now().time_since_epoch(), 2s);
    EXPECT_EQ(co_await first, 42);
    EXPECT_EQ(co_await second, 11);
  });
}

// TaskGroup 1. CPython: test_taskgroup_02.
TEST(TaskGroup, WaitsForChildrenThatComeLaterInTheBody) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TaskHandle<int> second;
    const int result = co_await task_group([&](TaskGroup& group) -> Task<int> {
      group.spawn(gives_after(1s, 42));
      co_await sleep_for(1500ms);
      second = group.spawn(gives_after(2s, 11));
      co_return 7;
    });
    EXPECT_EQ(result, 7);
    EXPECT_EQ(co_await second, 11);
    EXPECT_EQ(now().time_since_epoch(), 3500ms);
  });
}

Task<> spawns_another(TaskGroup& group, int depth, int& ended) {
  if (depth > 0) group.spawn(spawns_another(group, depth - 1, ended));
  co_await yield();
  ++ended;
}

TEST(TaskGroup, WaitsForChildrenOfChildren) {
  expect_passes_under_all_await_points([]() -> Task<> {
    int ended = 0;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(spawns_another(group, 2, ended));
      co_return;
    });
    EXPECT_EQ(ended, 3);
  });
}

// TaskGroup 1. CPython: test_taskgroup_03.
TEST(TaskGroup, GoesOnWhenAChildIsCancelled) {
  expect_passes_under_all_await_points([]() -> Task<> {
    TaskHandle<int> first;
    TaskHandle<int> second;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      first = group.spawn(gives_after(10s, 42));
      co_await sleep_for(1s);
      first.cancel();
      second = group.spawn(gives_after(2s, 11));
    });
    EXPECT_TRUE(first.cancelled());
    EXPECT_EQ(co_await second, 11);
    EXPECT_EQ(this_task().cancelling(), 0U);
  });
}

// TaskGroup 2. CPython: test_taskgroup_04, test_cancel_children_on_child_error.
TEST(TaskGroup, CancelsSiblingsAndBodyForTheErrorOfAChild) {
  expect_passes_under_all_await_points([]() -> Task<> {
    int cancelled = 0;
    TaskHandle<> sibling;
    const auto body = [&](TaskGroup& group) -> Task<> {
      group.spawn(crashes_after(1s, "a"));
      sibling = group.spawn(counts_cancellation(5s, cancelled));
      co_await counts_cancellation(10s, cancelled, 10);
    };
    EXPECT_EQ(co_await errors_of(task_group(body)), expected("a"));
    EXPECT_EQ(cancelled, 11);
    EXPECT_TRUE(sibling.cancelled());
    EXPECT_EQ(now().time_since_epoch(), 1s);
    EXPECT_EQ(this_task().cancelling(), 0U);
    co_await yield();  // And no cancellation is left.
  });
}

// TaskGroup 2: those that fail in the same moment are all in the group, or cancelled.
TEST(TaskGroup, GathersTheErrorsOfItsChildren) {
  expect_passes_under_all_await_points([]() -> Task<> {
    const auto body = [](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 2; ++i) group.spawn(crashes_after(1s, "a"));
      co_return;
    };
    const Texts texts = co_await errors_of(task_group(body));
    EXPECT_GE(texts.size(), 1U);
    for (const std::string& text : texts) EXPECT_EQ(text, "a");
  });
}

// TaskGroup 2. CPython: test_taskgroup_09, _10.
TEST(TaskGroup, CancelsItsChildrenForAnErrorOfTheBody) {
  expect_passes_under_all_await_points([]() -> Task<> {
    for (const Clock::duration duration : {Clock::duration(0s), Clock::duration(100ms)}) {
      TaskHandle<int> first;
      TaskHandle<int> second;
      const auto body = [&](TaskGroup& group) -> Task<> {
        first = group.spawn(gives_after(1s, 42));
        second = group.spawn(gives_after(2s, 11));
        if (duration > 0s) co_await sleep_for(duration);
        throw std::domain_error("body");
      };
      EXPECT_EQ(co_await errors_of(task_group(body)), expected("body"));
      EXPECT_TRUE(first.cancelled());
      EXPECT_TRUE(second.cancelled());
    }
    EXPECT_EQ(now().time_since_epoch(), 100ms);
  });
}

Task<> crashes_when_cancelled(std::string text) {
  try {
    co_await sleep_for(10s);
  } catch (const CancelledError&) {
    throw std::domain_error(text);
  }
}

// TaskGroup 2. CPython: test_taskgroup_18, _19: the error of the body comes last.
TEST(TaskGroup, PutsTheErrorOfTheBodyLast) {
  expect_passes_under_all_await_points([]() -> Task<> {
    const auto body = [](TaskGroup& group) -> Task<> {
      group.spawn(crashes_after(1s, "child"));
      co_await crashes_when_cancelled("body");
    };
    EXPECT_EQ(co_await errors_of(task_group(body)), expected("child", "body"));
    EXPECT_EQ(this_task().cancelling(), 0U);
  });
}

// TaskGroup 3. CPython: test_cancellation, test_taskgroup_07, _17.
TEST(TaskGroup, CancelledCancelsItsChildrenAndWaits) {
  expect_passes_under_all_await_points([]() -> Task<> {
    int cancelled = 0;
    const bool has_body_waiting = choose(2) == 1;
    const auto runner = [](int& count, bool body_waits) -> Task<> {
      co_await task_group([&](TaskGroup& group) -> Task<> {
        for (int i = 0; i < 2; ++i) group.spawn(counts_cancellation(5s, count));
        if (body_waits) co_await counts_cancellation(10s, count, 10);
      });
    };
    const TaskHandle<> task = spawn(runner(cancelled, has_body_waiting));
    co_await wait_all_tasks_blocked();
    EXPECT_FALSE(task.done());
    task.cancel("test");
    std::string message;
    try {
      co_await task;
    } catch (const CancelledError& error) {
      message = error.message();
    }
    EXPECT_EQ(message, "test");
    EXPECT_TRUE(task.cancelled());
    EXPECT_EQ(cancelled, has_body_waiting ? 12 : 2);
  });
}

// TaskGroup 3. CPython: test_taskgroup_08. Errors go before the cancellation, which is due again.
TEST(TaskGroup, PrefersErrorsToACancellationAndKeepsIt) {
  expect_passes_under_all_await_points([]() -> Task<> {
    Texts texts;
    bool is_cancelled_later = false;
    std::uint32_t requests = 0;
    const auto runner = [](Texts& found, bool& is_cancelled, std::uint32_t& count) -> Task<> {
      const auto body = [](TaskGroup& group) -> Task<> {
        group.spawn(crashes_when_cancelled("child"));
        co_await sleep_for(10s);
      };
      bool is_group = false;
      try {
        co_await task_group(body);
      } catch (const ExceptionGroup& group) {
        is_group = true;
        found.emplace_back(group.what());
      }
      EXPECT_TRUE(is_group);
      count = this_task().cancelling();
      try {
        co_await yield();
      } catch (const CancelledError&) {
        is_cancelled = true;
        throw;
      }
    };
    const TaskHandle<> task = spawn(runner(texts, is_cancelled_later, requests));
    co_await wait_all_tasks_blocked();
    task.cancel();
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_EQ(texts, expected("unhandled exceptions in a task group (1 exception): "
                              "std::domain_error: child"));
    EXPECT_EQ(requests, 1U);
    EXPECT_TRUE(is_cancelled_later);
  });
}

// TaskGroup 5. CPython: test_taskgroup_12, _13, test_nested_groups_both_cancelled.
TEST(TaskGroup, NestedBothEndForTheErrorOfTheOuterOne) {
  expect_passes_under_all_await_points([]() -> Task<> {
    int cancelled = 0;
    const auto outer = [&](TaskGroup& group) -> Task<> {
      group.spawn(crashes_after(1s, "outer"));
      co_await task_group([&](TaskGroup& inner) -> Task<> {
        inner.spawn(counts_cancellation(10s, cancelled));
        co_return;
      });
      cancelled += 100;  // Not reached.
    };
    EXPECT_EQ(co_await errors_of(task_group(outer)), expected("outer"));
    EXPECT_EQ(cancelled, 1);
    EXPECT_EQ(this_task().cancelling(), 0U);
  });
}

// CPython: test_taskgroup_14: the group of the inner one is in that of the outer one.
TEST(TaskGroup, NestsTheErrorsOfTheInnerOne) {
  expect_passes_under_all_await_points([]() -> Task<> {
    int cancelled = 0;
    const auto outer = [&](TaskGroup& group) -> Task<> {
      group.spawn(counts_cancellation(10s, cancelled));
      const auto inner_body = [](TaskGroup& inner) -> Task<> {
        inner.spawn(crashes_after(1s, "inner"));
        co_return;
      };
      co_await task_group(inner_body);
    };
    std::size_t direct = 0;
    std::size_t leaves = 0;
    try {
      co_await task_group(outer);
    } catch (const ExceptionGroup& group) {
      direct = group.exceptions().size();
      leaves = group.flattened().size();
      EXPECT_THROW(std::rethrow_exception(group.exceptions()[0]), ExceptionGroup);
      EXPECT_THROW(std::rethrow_exception(group.flattened()[0]), std::domain_error);
    }
    EXPECT_EQ(direct, 1U);
    EXPECT_EQ(leaves, 1U);
    EXPECT_EQ(cancelled, 1);
  });
}

// CPython: test_taskgroup_15, _16: an error that would come later makes no difference.
TEST(TaskGroup, CancelledWaitsForTheCleanUpOfItsBody) {
  expect_passes_under_all_await_points([]() -> Task<> {
    const auto runner = []() -> Task<> {
      const auto body = [](TaskGroup& group) -> Task<> {
        group.spawn(crashes_after(300ms, "late"));
        bool is_cancelled = false;
        try {
          co_await sleep_for(10s);
        } catch (const CancelledError&) {
          is_cancelled = true;
        }
        co_await sleep_for(100ms);
        if (is_cancelled) throw CancelledError();
      };
      co_await task_group(body);
    };
    const TaskHandle<> task = spawn(runner());
    co_await wait_all_tasks_blocked();
    task.cancel();
    EXPECT_EQ(co_await ending_of(task), Ending::cancelled);
    EXPECT_EQ(now().time_since_epoch(), 100ms);
  });
}

Task<bool> is_refused(TaskGroup& group, bool& has_run) {
  co_return is_misuse([&] { group.spawn(mark(has_run)); });
}

// TaskGroup 4. CPython: test_taskgroup_finished, test_taskgroup_not_entered, ..._already_entered.
TEST(TaskGroup, TakesChildrenOnlyWhileItRuns) {
  expect_passes_under_all_await_points([]() -> Task<> {
    bool has_run = false;
    TaskGroup group;
    EXPECT_TRUE(co_await is_refused(group, has_run));
    const auto body = [&](TaskGroup& self) -> Task<> {
      bool is_refused_again = false;
      try {
        co_await self.run([](TaskGroup&) -> Task<> { co_return; });
      } catch (const MisuseError&) {
        is_refused_again = true;
      }
      EXPECT_TRUE(is_refused_again);
    };
    co_await group.run(body);
    EXPECT_TRUE(co_await is_refused(group, has_run));
    EXPECT_FALSE(has_run);
  });
}

// TaskGroup 4. CPython: test_taskgroup_no_create_task_after_failure.
TEST(TaskGroup, TakesNoChildrenOnceItIsAborting) {
  expect_passes_under_all_await_points([]() -> Task<> {
    bool has_run = false;
    bool refused = false;
    const auto body = [&](TaskGroup& group) -> Task<> {
      group.spawn(crashes_after(1s, "a"));
      try {
        co_await sleep_for(10s);
      } catch (const CancelledError&) {
        refused = is_misuse([&] { group.spawn(mark(has_run)); });
      }
    };
    EXPECT_EQ(co_await errors_of(task_group(body)), expected("a"));
    EXPECT_TRUE(refused);
    EXPECT_FALSE(has_run);
  });
}

// TaskGroup 6 (gh-116048).
TEST(TaskGroup, NeverRunsAChildThatIsCancelledBeforeItsFirstStep) {
  expect_passes_under_all_await_points([]() -> Task<> {
    bool has_run = false;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(mark(has_run)).cancel();
      co_return;
    });
    EXPECT_FALSE(has_run);
    const auto fails_at_once = [&](TaskGroup& group) -> Task<> {
      group.spawn(mark(has_run));
      throw std::domain_error("body");
      co_return;
    };
    if (detail::context.await_points == AwaitPoints::suspending) {
      EXPECT_EQ(co_await errors_of(task_group(fails_at_once)), expected("body"));
      EXPECT_FALSE(has_run);
    }
  });
}

// TaskGroup 5. CPython: test_cancelling_level_preserved.
TEST(TaskGroup, KeepsTheCancelCount) {
  expect_passes_under_all_await_points([]() -> Task<> {
    const auto body = [](TaskGroup& group) -> Task<> {
      group.spawn(crashes_after(0s, "a"));
      co_return;
    };
    EXPECT_EQ(co_await errors_of(task_group(body)), expected("a"));
    EXPECT_EQ(this_task().cancelling(), 0U);
    co_await yield();
  });
}

TEST(TaskGroup, EndsByATimeout) {
  expect_passes_under_all_await_points([]() -> Task<> {
    int cancelled = 0;
    const auto body = [&](TaskGroup& group) -> Task<> {
      group.spawn(counts_cancellation(10s, cancelled));
      co_return;
    };
    bool is_timeout = false;
    try {
      co_await with_timeout(1s, task_group(body));
    } catch (const TimeoutError&) {
      is_timeout = true;
    }
    EXPECT_TRUE(is_timeout);
    EXPECT_EQ(cancelled, 1);
    EXPECT_EQ(this_task().cancelling(), 0U);
  });
}

TEST(TaskGroup, WorksUnderRun) {
  run([]() -> Task<> {
    const auto body = [](TaskGroup& group) -> Task<> {
      group.spawn(crashes_after(1ms, "a"));
      group.spawn(sleeps(48h));
      co_return;
    };
    EXPECT_EQ(co_await errors_of(task_group(body)), expected("a"));
  }());
}

// A group that is torn down with a deadlocked child leaves nothing behind (AddressSanitizer).
TEST(TaskGroup, MayBeTornDown) {
  const auto body = []() -> Task<> {
    Event never;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn([](Event& event) -> Task<> { co_await event.wait(); }(never));
      co_return;
    });
  };
  EXPECT_THAT(explore(body), FailsWith(FailureKind::deadlock));
}

}  // namespace
}  // namespace coweave::test
