#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "coweave/execution/end_listener.hpp"
#include "coweave/exploration/options.hpp"
#include "coweave/exploration/report.hpp"

namespace coweave::detail {

/// Saves the schedule of the first failure of each kind and place as soon as its execution has
/// ended, before that is torn down: its picks alone, without a trace. What the exploration makes of
/// it later, shrunk and explained, takes its place.
class EarlySave final : public EndListener {
 public:
  /// Both must outlive it. Without a schedule_dir nothing is saved.
  EarlySave(const Options& options, const Report& report) : options_(options), report_(report) {}

  /// From now on executions are those of the search called `phase`; empty: they are not, and
  /// nothing is saved.
  void set_phase(std::string_view phase) { phase_ = phase; }

  /// Executions for which `accepted` returns true are not saved.
  using IsAccepted = bool (*)(const Execution&);
  void accept(IsAccepted accepted) { is_accepted_ = accepted; }
  /// Null: all failures count.
  [[nodiscard]] IsAccepted is_accepted() const { return is_accepted_; }

  std::string execution_failed(const Execution& execution) override;

  /// Where the schedule of `failure` was saved early; empty: nowhere. It is the caller's from now
  /// on.
  [[nodiscard]] std::filesystem::path take(const Failure& failure);
  /// Removes what nobody has taken.
  void remove_rest() noexcept;

 private:
  struct Saved {
    FailureKind kind;
    SourceLine place;
    std::filesystem::path file;
  };

  const Options& options_;
  const Report& report_;
  std::string_view phase_;
  IsAccepted is_accepted_ = nullptr;
  std::vector<Saved> saved_;
};

/// The first file for a failing schedule of the options' test that is free, or holds what a new one
/// replaces; none of `taken`.
[[nodiscard]] std::filesystem::path free_schedule_file(
    const Options& options, const Report& report, const std::vector<std::filesystem::path>& taken);

}  // namespace coweave::detail
