// Explores programs that fail and saves their schedules, for the pages that the browser operates:
//   failing_schedules DIRECTORY
// Prints the files, one a line.

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "coweave/coweave.hpp"
#include "coweave/primitives.hpp"

namespace {

using coweave::Task;

struct Account {
  explicit Account(std::string_view name) : lock(name) {}
  int balance = 100;
  coweave::Lock lock;
};

Task<> withdraw(Account& account, int amount) {
  if (account.balance < amount) co_return;
  co_await coweave::yield();
  account.balance -= amount;
}
Task<> thinks_first(Account& account) {
  co_await coweave::yield();
  co_await coweave::yield();
  co_await withdraw(account, 80);
}
/// Fails with deviations: there is a passing neighbour, and orders that are needed.
Task<> overdraft() {
  Account account("account");
  co_await coweave::gather(withdraw(account, 80), thinks_first(account));
  coweave::check(account.balance >= 0,
                 "overdrawn:\n  the balance is " + std::to_string(account.balance));
}

Task<> transfer(Account& from, Account& to, int amount) {
  co_await from.lock.acquire();
  co_await to.lock.acquire();
  co_await coweave::yield();
  from.balance -= amount;
  to.balance += amount;
  to.lock.release();
  from.lock.release();
}
Task<> audit(Account& first, Account& second, coweave::Event& done) {
  done.set();
  co_await first.lock.acquire();
  first.lock.release();
  co_await second.lock.acquire();
  second.lock.release();
}
/// Three tasks, two locks and an event: held locks, wake-ups, tasks that are blocked at the end.
Task<> opposite_transfers() {
  Account savings("savings");
  Account checking("checking");
  coweave::Event audited("audited");
  const auto first = coweave::spawn(transfer(savings, checking, 10), "savings to checking");
  const auto second = coweave::spawn(transfer(checking, savings, 20), "checking to savings");
  const auto third = coweave::spawn(audit(savings, checking, audited), "audit");
  co_await audited.wait();
  co_await first;
  co_await second;
  co_await third;
}

/// Names and a message that are markup, scripts, control characters and much too long.
Task<> hostile_names() {
  coweave::Lock lock("</script><script>document.title='broken'</script>\x1b[31m\u202e");
  const auto holder =
      coweave::spawn([](coweave::Lock& held) -> Task<> { co_await held.acquire(); }(lock),
                     "<img src=x onerror=\"document.title='broken'\">{{data}}<!--");
  const auto waiter =
      coweave::spawn([](coweave::Lock& held) -> Task<> { co_await held.acquire(); }(lock),
                     "\u540d\u524d \U0001F600 " + std::string(3'000, 'x'));
  co_await holder;
  co_await waiter;
}

Task<> ticks(int& ticks_left) {
  while (ticks_left-- > 0) co_await coweave::yield();
}
/// More than 10,000 steps, then a failure.
Task<> long_run() {
  int left = 10'000;
  co_await coweave::gather(ticks(left), ticks(left), ticks(left));
  coweave::check(left > 0, "nothing is left");
}

Task<> waits_for(coweave::Event& event) { co_await event.wait(); }
/// Sixty tasks that wait for what never comes.
Task<> many_tasks() {
  coweave::Event never("never");
  for (int i = 0; i < 60; ++i)
    coweave::spawn(waits_for(never), "waiter number " + std::to_string(i));
  co_await never.wait();
}

Task<> adds_one(int& counter) {
  const int seen = counter;
  co_await coweave::yield();
  counter = seen + 1;
}
/// Three tasks, six steps: the body twice, and each of two tasks twice.
Task<> few_cells() {
  int counter = 0;
  co_await coweave::gather(adds_one(counter), adds_one(counter));
  coweave::check(counter == 2, "an update was lost");
}

Task<> works(int& done, int times, int fails_at) {
  for (int i = 0; i < times; ++i) {
    co_await coweave::yield();
    coweave::check(++done != fails_at, "unit " + std::to_string(fails_at) + " is broken");
  }
}
/// Twelve tasks, 243 steps: two of the body, and of 11 tasks 22 each but one that makes 21.
Task<> many_cells() {
  int done = 0;
  for (int i = 0; i < 11; ++i)
    coweave::spawn(works(done, i == 0 ? 20 : 21, 200), "worker number " + std::to_string(i + 1));
  co_await coweave::wait_all_tasks_blocked();
}

void explore(const std::string& directory, const std::string& name, Task<> (*body)(),
             bool is_long) {
  coweave::Options options{.name = name, .schedule_dir = directory};
  options.compare_await_points = !is_long;
  if (is_long) {
    options.max_steps = 20'000;
    options.shrink.max_executions = 0;
  }
  const coweave::Report report = coweave::explore(body, options);
  if (report.failures.empty() || report.failures.front().schedule_file.empty())
    throw coweave::Error(name + ": expected a failure that is saved, found " +
                         report.verdict_detail);
  std::cout << report.failures.front().schedule_file.string() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " DIRECTORY\n";
    return 2;
  }
  try {
    explore(argv[1], "Browser.overdraft", overdraft, false);
    explore(argv[1], "Browser.opposite_transfers", opposite_transfers, false);
    explore(argv[1], "Browser.hostile_names", hostile_names, false);
    explore(argv[1], "Browser.long_run", long_run, true);
    explore(argv[1], "Browser.many_tasks", many_tasks, true);
    explore(argv[1], "Browser.few_cells", few_cells, false);
    explore(argv[1], "Browser.many_cells", many_cells, true);
  } catch (const std::exception& error) {
    std::cerr << "failing_schedules: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
