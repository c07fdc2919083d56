// The bug of overdraft.cpp, from end to end and without GoogleTest: finds the overdraft, prints the
// report, saves the failing schedule as JSON, loads that again and replays it. The argument is the
// directory to save into, ./coweave-schedules without one. Succeeds if the replay failed in the
// same way.

#include <exception>
#include <filesystem>
#include <iostream>

#include "coweave/coweave.hpp"

using coweave::Task;

struct Account {
  int balance = 100;
};

Task<> withdraw(Account& account, int amount) {
  if (account.balance >= amount) {  // Check ...
    co_await coweave::yield();      // ... another task may run here ...
    account.balance -= amount;      // ... act: the check may be out of date.
  }
}

Task<> two_withdrawals() {
  Account account;
  co_await coweave::gather(withdraw(account, 80), withdraw(account, 80));
  coweave::check(account.balance >= 0, "the account is overdrawn");
}

int demonstrate(const std::filesystem::path& directory) {
  coweave::Options options;
  options.name = "overdraft_demo";
  options.schedule_dir = directory;

  std::cout << "Exploring two withdrawals of 80 from an account of 100.\n\n";
  const coweave::Report report = coweave::explore(two_withdrawals, options);
  std::cout << report << '\n';
  if (report.failures.empty()) {
    std::cerr << "overdraft_demo: expected an overdraft, found none\n";
    return 1;
  }
  const coweave::Failure& found = report.failures.front();

  std::cout << "Replaying " << found.schedule_file.string() << ".\n\n";
  const coweave::Schedule schedule = coweave::Schedule::load(found.schedule_file);
  const coweave::Report replayed = coweave::replay(two_withdrawals, schedule, options);
  std::cout << replayed << '\n';
  const bool is_same = replayed.failures.size() == 1 &&
                       replayed.failures.front().kind == found.kind &&
                       replayed.failures.front().message == found.message &&
                       replayed.failures.front().place == found.place &&
                       replayed.failures.front().schedule.trace == found.schedule.trace;
  if (!is_same) {
    std::cerr << "overdraft_demo: expected the replay to fail as the exploration did; it did not\n";
    return 1;
  }
  std::cout << "Found, saved and replayed: the same failure, step by step.\n";
  return 0;
}

int main(int argc, char** argv) {
  if (argc > 2) {
    std::cerr << "usage: " << argv[0] << " [DIRECTORY]\n";
    return 2;
  }
  try {
    return demonstrate(argc == 2 ? argv[1] : "coweave-schedules");
  } catch (const std::exception& error) {
    std::cerr << "overdraft_demo: " << error.what() << '\n';
    return 1;
  }
}
