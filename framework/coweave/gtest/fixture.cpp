#include "coweave/gtest/fixture.hpp"

#include <coroutine>
#include <limits>
#include <utility>

#include "coweave/gtest/capture.hpp"

namespace coweave::detail {
namespace {

/// Calls the virtual functions that Test protects, wherever the user's fixture put them: a pointer
/// to a member that was named through a derived class works on every Test.
class FixtureCalls : public ::testing::Test {
 public:
  static void set_up(Test& fixture) { (fixture.*&FixtureCalls::SetUp)(); }
  static void tear_down(Test& fixture) { (fixture.*&FixtureCalls::TearDown)(); }
};

/// Awaits the body of a test, so that its end is not a suspension of its own: a test with a fixture
/// has the same schedules as one without.
class BodyAwaiter : public OwnAwaiter {
 public:
  explicit BodyAwaiter(Task<> body) : body_(body.release()) {}
  BodyAwaiter(const BodyAwaiter&) = delete;
  BodyAwaiter& operator=(const BodyAwaiter&) = delete;
  ~BodyAwaiter() { body_.destroy(); }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) const {
    body_.promise().continuation = awaiting;
    body_.promise().started_in_step = std::numeric_limits<std::uint64_t>::max();
    context.go_on_with(body_);
  }
  void await_resume() const {
    if (body_.promise().error) std::rethrow_exception(body_.promise().error);
  }

 private:
  std::coroutine_handle<Promise<void>> body_;
};

}  // namespace

FixtureLife::~FixtureLife() {
  if (!needs_tear_down_) return;
  // The execution has ended in the middle of the body.
  try {
    FixtureCalls::tear_down(fixture_);
  } catch (...) {  // Its failures are complete.
  }
}

bool FixtureLife::set_up() {
  if (parts_that_stop_a_test() != stops_before_) return false;
  needs_tear_down_ = true;
  try {
    FixtureCalls::set_up(fixture_);
  } catch (...) {
    keep_exception();
    return false;
  }
  return parts_that_stop_a_test() == stops_before_;
}

void FixtureLife::tear_down() {
  if (std::exchange(needs_tear_down_, false)) {
    try {
      FixtureCalls::tear_down(fixture_);
    } catch (...) {
      if (!thrown_) throw;  // Else what came first is what the report names.
    }
  }
  if (thrown_) std::rethrow_exception(thrown_);
}

Task<> run_with_fixture(FixtureTest test) {
  const std::uint64_t stops_before = parts_that_stop_a_test();
  const std::unique_ptr<::testing::Test> fixture = test.make();
  FixtureLife life(*fixture, stops_before);
  if (life.set_up()) {
    try {
      co_await BodyAwaiter(test.body(*fixture));
    } catch (...) {
      life.keep_exception();
    }
  }
  life.tear_down();
}

}  // namespace coweave::detail
