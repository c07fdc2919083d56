#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "coweave/execution/execution.hpp"
#include "framework/strategy/reduction/classic_programs.hpp"

/// The programs of the worked examples in `strategy/reduction/`, and a search of them that a test
/// steps from execution to execution. Tasks are named by letters: b the body, then p, q and r.
namespace coweave::test {

inline Task<> starts_a_reader(Shared<int>& x) {
  spawn(read_cell(x));
  co_return;
}

/// p writes x; q starts r, which reads x.
inline Task<> one_race() {
  Shared<int> x;
  spawn(write_cell(x, 1));
  spawn(starts_a_reader(x));
  co_await wait_all_tasks_blocked();
}

/// p, q and r write x.
inline Task<> three_writers() {
  Shared<int> x;
  for (int value = 1; value <= 3; ++value) spawn(write_cell(x, value));
  co_await wait_all_tasks_blocked();
}

/// `Search` with one program, whose executions are begun and ended one by one.
template <class Search>
class OneSearch final : public Search {
 public:
  using Body = Task<> (*)();
  explicit OneSearch(Body body) : body_(body) {}

  /// Begins the next execution. Returns false if nothing is left.
  [[nodiscard]] bool begin() { return Search::begin_execution(++number_); }
  /// Makes it. Returns its steps by the letters of their tasks.
  std::string run() {
    detail::Execution execution({AwaitPoints::every, 1'000, {}});
    execution.run([this] { detail::spawn_root(body_(), {}, false, {}); }, *this,
                  {.accesses = Search::accesses()});
    Search::end_execution(execution.steps());
    Search::check_invariants();
    std::string steps;
    for (std::size_t step = 0; step < Search::order().size(); ++step)
      steps += letter(Search::order().task(step));
    return steps;
  }
  static std::string letters(const std::vector<std::uint32_t>& tasks) {
    std::string text;
    for (const std::uint32_t task : tasks) text += letter(task);
    return text;
  }
  static std::vector<std::string> letters(const std::vector<std::vector<std::uint32_t>>& all) {
    std::vector<std::string> texts;
    for (const std::vector<std::uint32_t>& tasks : all) texts.push_back(letters(tasks));
    return texts;
  }
  /// sleep(E) for the prefix E of `steps` steps.
  [[nodiscard]] std::string sleep(std::size_t steps) const {
    std::vector<std::uint32_t> tasks;
    for (const auto& sleeper : Search::node_after(steps).sleep) tasks.push_back(sleeper.task);
    return letters(tasks);
  }
  [[nodiscard]] auto& node(std::size_t steps) { return Search::node_after(steps); }

 private:
  static char letter(std::uint32_t task) { return "?bpqr"[task < 5 ? task : 0]; }

  Body body_;
  std::uint64_t number_ = 0;
};

}  // namespace coweave::test
