// examples/asio_cancellation_race.cpp: a payment that its user may cancel by a cancellation signal.
// Where the answer of the bank has been queued already, the signal comes too late: the payment goes
// through, and the user is told that it was cancelled. Cure: the completion says which of the two
// it was. Unmodified Asio: the same payment runs on a plain io_context.
#include <asio.hpp>
#include <coweave/asio.hpp>
#include <coweave/gtest.hpp>

namespace {

using coweave::FailureKind;
using coweave::Report;
using coweave::Task;
using coweave::TimerOrder;
using namespace std::chrono_literals;

/// When the user is told that the payment was cancelled.
enum class Told { at_once, at_completion };

struct Payment {
  Payment(const asio::any_io_executor& executor, Told when) : bank(executor, 1ms), told(when) {}

  void start() {
    bank.async_wait(asio::bind_cancellation_slot(stop.slot(), [this](asio::error_code error) {
      is_done = true;
      if (!error) is_paid = true;
      if (error && told == Told::at_completion) is_cancelled = true;
    }));
  }
  void cancel() {
    if (is_done) return;  // There is nothing to cancel any more.
    stop.emit(asio::cancellation_type::terminal);
    if (told == Told::at_once) is_cancelled = true;
  }

  coweave::asio::virtual_timer bank;  // It answers after a millisecond.
  asio::cancellation_signal stop;
  Told told;
  bool is_done = false;
  bool is_paid = false;
  bool is_cancelled = false;
};

Task<> pay(Told told) {
  coweave::asio::context io;
  Payment payment(io.get_executor(), told);
  payment.start();
  asio::post(io.executor("user"), [&payment] { payment.cancel(); });
  co_await io.run();
  coweave::check(payment.is_paid != payment.is_cancelled, "paid and cancelled, or neither");
}

TEST(AsioCancellationRace, ASignalMayComeTooLate) {
  const Report report = coweave::explore(
      [] { return pay(Told::at_once); },
      {.strategy = coweave::exhaustive(), .keep_going = true, .timers = TimerOrder::any});
  EXPECT_THAT(report, coweave::FailsWith(FailureKind::check));
  EXPECT_EQ(report.failing, 1U);
  EXPECT_EQ(report.schedules, 3U);
}

TEST(AsioCancellationRace, TheCompletionKnows) {
  EXPECT_THAT(
      coweave::explore([] { return pay(Told::at_completion); }, {.timers = TimerOrder::any}),
      coweave::PassesExhaustively());
}

TEST(AsioCancellationRace, RunsOnAPlainIoContext) {
  asio::io_context io;
  Payment payment(io.get_executor(), Told::at_completion);
  payment.start();
  asio::post(io, [&payment] { payment.cancel(); });
  io.run();
  EXPECT_NE(payment.is_paid, payment.is_cancelled);
}

}  // namespace
