#include "coweave/exploration/failures/early_save.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "coweave/execution/execution.hpp"
#include "coweave/replay/follow.hpp"
#include "coweave/schedule/file/running_program.hpp"
#include "coweave/schedule/file/schedule_file_names.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

/// Whether the file of an earlier schedule is to be overwritten.
bool may_replace(const std::filesystem::path& file, const Options& options, const Report& report) {
  const auto replayed =
      std::find_if(report.corpus.begin(), report.corpus.end(),
                   [&file](const CorpusEntry& entry) { return entry.file == file; });
  if (replayed != report.corpus.end()) return replayed->state == CorpusEntry::State::stale;
  if (options.corpus != Corpus::ignore) return false;
  return is_file_of(file, options.name);
}

}  // namespace

std::filesystem::path free_schedule_file(const Options& options, const Report& report,
                                         const std::vector<std::filesystem::path>& taken) {
  namespace fs = std::filesystem;
  const auto is_taken = [&](const fs::path& file) {
    const bool is_of_this_run =
        std::find(taken.begin(), taken.end(), file) != taken.end() ||
        std::any_of(report.failures.begin(), report.failures.end(),
                    [&file](const Failure& other) { return other.schedule_file == file; });
    std::error_code ignored;
    return is_of_this_run ||
           (fs::exists(fs::symlink_status(file, ignored)) && !may_replace(file, options, report));
  };
  std::size_t number = 1;
  fs::path file = schedule_file(options.schedule_dir, options.name, number);
  while (is_taken(file)) file = schedule_file(options.schedule_dir, options.name, ++number);
  return file;
}

std::string EarlySave::execution_failed(const Execution& execution) {
  if (options_.schedule_dir.empty() || phase_.empty() || execution.is_abandoned()) return {};
  if (is_accepted_ != nullptr && is_accepted_(execution)) return {};
  const ExecutionFailure& first = execution.failures().front();
  const auto is_alike = [&first](const auto& known) {
    return known.kind == first.kind && known.place == first.place;
  };
  if (std::any_of(report_.failures.begin(), report_.failures.end(), is_alike)) return {};
  if (const auto known = std::find_if(saved_.begin(), saved_.end(), is_alike);
      known != saved_.end())
    return printable(known->file.string());
  Schedule schedule;
  schedule.test = options_.name;
  schedule.recorded_with = present_versions();
  schedule.program = program_name();
  schedule.await_points = options_.await_points;
  schedule.injections = injections_of(options_);
  schedule.strategy = phase_;
  schedule.seed = options_.seed;
  schedule.execution = report_.schedules + 1;
  schedule.failure = {first.kind, first.message, first.place, first.step};
  schedule.picks = picks_of(execution.steps());
  schedule.fingerprint = execution.fingerprint();
  try {
    std::vector<std::filesystem::path> taken;
    taken.reserve(saved_.size());
    for (const Saved& saved : saved_) taken.push_back(saved.file);
    std::filesystem::path file = free_schedule_file(options_, report_, taken);
    schedule.save(file);
    saved_.push_back({first.kind, first.place, file});
    return printable(file.string());
  } catch (const std::exception&) {  // The end of the exploration tries again, and says why.
    return {};
  }
}

std::filesystem::path EarlySave::take(const Failure& failure) {
  const auto found = std::find_if(saved_.begin(), saved_.end(), [&failure](const Saved& saved) {
    return saved.kind == failure.kind && saved.place == failure.place;
  });
  if (found == saved_.end()) return {};
  std::filesystem::path file = std::move(found->file);
  saved_.erase(found);
  return file;
}

void EarlySave::remove_rest() noexcept {
  for (const Saved& saved : saved_) {
    std::error_code ignored;
    std::filesystem::remove(saved.file, ignored);
  }
  saved_.clear();
}

}  // namespace coweave::detail
