// The executors of a context meet Asio's requirements in full, as those of an io_context do.
#include <coweave/core/versions.hpp>
#include <coweave/gtest.hpp>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "framework/asio/library.hpp"

namespace {

namespace execution = asio::execution;
using coweave::Report;
using coweave::Task;

using Executor = adapter::executor;
using Reference = asio::io_context::executor_type;

template <class Property>
constexpr bool can_all = asio::can_query<Executor, Property>::value&&
    asio::can_require<Executor, Property>::value&& asio::can_prefer<Executor, Property>::value;

static_assert(execution::is_executor<Executor>::value);
static_assert(execution::is_executor<adapter::strand>::value);
static_assert(execution::is_executor<adapter::basic_executor<std::allocator<int>>>::value);
static_assert(execution::is_executor<asio::strand<Executor>>::value);
static_assert(std::is_convertible_v<Executor, asio::any_io_executor>);
static_assert(std::is_convertible_v<adapter::strand, asio::any_io_executor>);
static_assert(std::is_same_v<adapter::context::executor_type, Executor>);

// Where io_context's executor can query, require or prefer, this one can.
static_assert(can_all<execution::blocking_t::possibly_t> &&
              can_all<execution::blocking_t::never_t>);
static_assert(can_all<execution::relationship_t::fork_t> &&
              can_all<execution::relationship_t::continuation_t>);
static_assert(can_all<execution::outstanding_work_t::tracked_t> &&
              can_all<execution::outstanding_work_t::untracked_t>);
static_assert(can_all<execution::allocator_t<void>> &&
              asio::can_require<Executor, execution::allocator_t<std::allocator<int>>>::value);
static_assert(asio::can_query<Executor, execution::blocking_t>::value &&
              asio::can_query<Executor, execution::relationship_t>::value &&
              asio::can_query<Executor, execution::outstanding_work_t>::value &&
              asio::can_query<Executor, execution::mapping_t>::value &&
              asio::can_query<Executor, execution::context_t>::value);
// And where that one cannot, this one cannot.
template <class Property>
constexpr bool is_as_reference =
    asio::can_require<Executor, Property>::value == asio::can_require<Reference, Property>::value;
static_assert(is_as_reference<execution::blocking_t::always_t> &&
              is_as_reference<execution::mapping_t::new_thread_t> &&
              is_as_reference<execution::mapping_t::other_t> &&
              is_as_reference<execution::blocking_t::possibly_t>);

// No copy, move, comparison or query throws.
static_assert(std::is_nothrow_copy_constructible_v<Executor> &&
              std::is_nothrow_move_constructible_v<Executor> &&
              std::is_nothrow_copy_assignable_v<Executor> &&
              std::is_nothrow_move_assignable_v<Executor> &&
              std::is_nothrow_destructible_v<Executor>);
static_assert(
    noexcept(std::declval<const Executor&>() ==
             std::declval<const Executor&>()) && noexcept(std::declval<const Executor&>() !=
                                                          std::declval<const Executor&>()));
static_assert(
    noexcept(asio::query(std::declval<const Executor&>(), execution::context)) && noexcept(
        asio::query(std::declval<const Executor&>(),
                    execution::blocking)) && noexcept(asio::query(std::declval<const Executor&>(),
                                                                  execution::outstanding_work)));
static_assert(
    std::is_same_v<decltype(asio::query(std::declval<const Executor&>(), execution::context)),
                   asio::io_context&>);

/// `look` in an execution.
template <class Look>
void in_an_execution(Look look) {
  const auto body = [&look]() -> Task<> {
    adapter::context io;
    look(io);
    co_await io.run();
  };
  const Report report = coweave::explore(body);
  EXPECT_FALSE(report.failed()) << report;
}

TEST(AsioExecutor, HasWhatIsRequired) {
  in_an_execution([](adapter::context& io) {
    const Executor plain = io.get_executor();
    EXPECT_EQ(asio::query(plain, execution::blocking), execution::blocking.possibly);
    EXPECT_EQ(asio::query(plain, execution::relationship), execution::relationship.fork);
    EXPECT_EQ(asio::query(plain, execution::outstanding_work),
              execution::outstanding_work.untracked);
    EXPECT_EQ(asio::query(plain, execution::mapping), execution::mapping.thread);

    const Executor never = asio::require(plain, execution::blocking.never);
    EXPECT_EQ(asio::query(never, execution::blocking), execution::blocking.never);
    EXPECT_EQ(asio::require(never, execution::blocking.possibly), plain);
    const Executor next = asio::prefer(plain, execution::relationship.continuation);
    EXPECT_EQ(asio::query(next, execution::relationship), execution::relationship.continuation);
    EXPECT_EQ(asio::require(next, execution::relationship.fork), plain);
    const Executor tracked = asio::require(plain, execution::outstanding_work.tracked);
    EXPECT_EQ(asio::query(tracked, execution::outstanding_work),
              execution::outstanding_work.tracked);
    EXPECT_EQ(asio::require(tracked, execution::outstanding_work.untracked), plain);
  });
}

TEST(AsioExecutor, IsEqualToThoseThatDoTheSame) {
  in_an_execution([](adapter::context& io) {
    const Executor plain = io.get_executor();
    EXPECT_EQ(plain, io.get_executor());
    EXPECT_EQ(io.executor("a"), io.executor("a"));  // One place, one name.
    EXPECT_NE(io.executor("a"), io.executor("b"));
    EXPECT_NE(plain, asio::require(plain, execution::blocking.never));
    EXPECT_NE(plain, asio::require(plain, execution::outstanding_work.tracked));
    const adapter::context other;
    EXPECT_NE(plain, other.get_executor());
    const asio::any_io_executor erased = plain;
    EXPECT_EQ(erased, asio::any_io_executor(io.get_executor()));
    Executor moved = plain;
    const Executor target = std::move(moved);
    EXPECT_EQ(target, plain);
  });
}

/// Counts what it gives.
template <class Value>
struct Counting {
  using value_type = Value;
  explicit Counting(int& number) : count(&number) {}
  template <class Other>
  Counting(const Counting<Other>& other) : count(other.count) {}
  Value* allocate(std::size_t size) {
    ++*count;
    return std::allocator<Value>().allocate(size);
  }
  void deallocate(Value* memory, std::size_t size) {
    std::allocator<Value>().deallocate(memory, size);
  }
  friend bool operator==(const Counting&, const Counting&) = default;
  int* count;
};

TEST(AsioExecutor, AllocatesHandlersWhereItIsTold) {
  int count = 0;
  bool has_run = false;
  in_an_execution([&](adapter::context& io) {
    count = 0;
    const auto counting =
        asio::require(io.get_executor(), execution::allocator(Counting<char>(count)));
    EXPECT_EQ(asio::query(counting, execution::allocator).count, &count);
    asio::require(counting, execution::blocking.never).execute([&has_run] { has_run = true; });
  });
  EXPECT_EQ(count, 1);
  EXPECT_TRUE(has_run);
}

TEST(AsioExecutor, NamesItsVersionInSchedules) {
  in_an_execution([](adapter::context& /*io*/) {});
#ifdef COWEAVE_TEST_BOOST_ASIO
  EXPECT_EQ(coweave::detail::present_versions().asio.rfind("Boost.Asio 1.", 0), 0U);
#else
  EXPECT_EQ(coweave::detail::present_versions().asio.rfind("Asio 1.", 0), 0U);
#endif
}

}  // namespace
