// examples/asio_cancellation_race.cpp: a request that its user may cancel. The handler of the answer and the
// cancellation both finish the request; where the answer is queued already, both do. Cure: whoever comes
// second sees that it is done. Unmodified Asio: the same request runs on a plain io_context.
#include <asio.hpp>
#include <coweave/asio.hpp>
#include <coweave/gtest.hpp>

namespace {

using coweave::Task;
using namespace std::chrono_literals;

struct Request {
  bool done = false;
  int finished = 0;

  void finish(bool looks_first) {
    if (looks_first && done) return;
    done = true;
    ++finished;
  }
};

/// The answer comes by a post; `cancel` stops the timer and finishes the request.
void start(const asio::any_io_executor& executor, Request& request, bool looks_first) {
  asio::post(executor, [&request, looks_first] { request.finish(looks_first); });
}
void cancel(const asio::any_io_executor& executor, Request& request, bool looks_first) {
  asio::post(executor, [&request, looks_first] {
    if (looks_first || !request.done) request.finish(looks_first);
  });
}

Task<> cancelled_request(bool looks_first) {
  coweave::asio::context io;
  Request request;
  start(io.executor("answer"), request, looks_first);
  cancel(io.executor("user"), request, looks_first);
  co_await io.run();
  coweave::check(request.finished == 1, "the request was finished twice");
}

TEST(AsioCancellationRace, MayFinishTwice) {
  EXPECT_THAT(coweave::explore([] { return cancelled_request(false); }),
              coweave::FailsWith(coweave::FailureKind::check));
}

TEST(AsioCancellationRace, OnceIfBothLook) {
  EXPECT_THAT(coweave::explore([] { return cancelled_request(true); }),
              coweave::PassesExhaustively());
}

TEST(AsioCancellationRace, RunsOnAPlainIoContext) {
  asio::io_context io;
  Request request;
  start(io.get_executor(), request, true);
  cancel(io.get_executor(), request, true);
  io.run();
  EXPECT_EQ(request.finished, 1);
}

}  // namespace
