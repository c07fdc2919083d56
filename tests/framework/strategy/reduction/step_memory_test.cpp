#include "coweave/strategy/reduction/step_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "coweave/strategy/reduction/source_sets.hpp"
#include "framework/strategy/reduction/mixes.hpp"
#include "framework/strategy/reduction/search_rig.hpp"

// What a step does follows from what it has seen, or the table of dependences is wrong: something
// that the step looked at is not written down as looked at, or a change of it not as a change.

namespace coweave::test {
namespace {

using detail::Footprint;
using detail::FootprintView;
using detail::SourceSets;
using detail::StepMemory;

/// Asks the memory what each new step would do where it was made, before that is learnt.
class ForetellsSteps final : public SourceSets {
 public:
  [[nodiscard]] bool begin_execution(std::uint64_t number) override {
    if (log_.must_restart()) memory_.forget();
    const bool goes_on = SourceSets::begin_execution(number);
    memory_.truncate(order_.size());
    return goes_on;
  }
  [[nodiscard]] std::uint64_t foretold() const { return foretold_; }
  [[nodiscard]] std::uint64_t wrongly() const { return wrongly_; }

 protected:
  void step_known(const detail::StepAccesses& step) override { memory_.push(step, log_); }
  void execution_known() override {
    Footprint would_do;
    for (std::uint32_t step = shared_steps(); step < order_.size(); ++step) {
      if (!memory_.recall(order_, step, {}, step, would_do)) continue;
      ++foretold_;
      const FootprintView did = order_.footprint(step);
      const bool is_same = would_do.is_opaque == did.is_opaque &&
                           std::ranges::equal(would_do.accesses, did.accesses);
      if (!is_same) ++wrongly_;
    }
    memory_.learn(order_);
  }

 private:
  StepMemory memory_;
  std::uint64_t foretold_ = 0;
  std::uint64_t wrongly_ = 0;
};

class GeneratedMemory : public testing::TestWithParam<NamedMix> {};

TEST_P(GeneratedMemory, ForetellsWhatStepsDo) {
  NamedMix named = GetParam();  // Larger: nothing has to be enumerated to its end.
  named.mix.most_tasks += 2;
  named.mix.most_instructions += 3;
  named.mix.endings = {Ending::quiet, Ending::join, Ending::leave};
  const std::uint64_t programs = programs_to_compare(3);
  std::uint64_t foretold = 0;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + programs; ++seed) {
    const RandomProgram program = random_program(named.mix, seed);
    FinalState final;
    ForetellsSteps search;
    static_cast<void>(run_search(
        search, [&] { return run_program(program, final); }, final, 500, named.await_points));
    ASSERT_EQ(search.wrongly(), 0U) << "seed " << seed << ": " << to_text(program);
    foretold += search.foretold();
  }
  constexpr std::uint64_t least = 10;  // Of fewer programs, few steps may be foretold by chance.
  if (programs >= least) {
    EXPECT_GT(foretold, programs);
  }
}

INSTANTIATE_TEST_SUITE_P(Mixes, GeneratedMemory, testing::ValuesIn(mixes()),
                         [](const auto& mix) { return std::string(mix.param.name); });

}  // namespace
}  // namespace coweave::test
