#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "coweave/exploration/options.hpp"

namespace coweave::detail {

/// Where an enumeration stands, in a file, so that another process goes on from there.
class Checkpoint {
 public:
  /// What has been counted, and the Checkpointable::checkpoint().
  struct State {
    std::uint64_t schedules = 0;
    std::uint64_t steps = 0;
    std::uint64_t injected = 0;
    std::vector<std::uint64_t> position;
  };

  /// `strategy`: its name and parameters. `program`: the fingerprint of the production order.
  Checkpoint(const Options& options, const std::string& strategy, std::uint64_t program);

  /// Whether the file of `options` says that a search by `strategy`, under these options, has left
  /// it.
  [[nodiscard]] static bool is_of(const Options& options, const std::string& strategy);

  /// Nothing if there is no file. Throws Error if it is none of ours, or of another test, another
  /// program or other options.
  [[nodiscard]] std::optional<State> load();
  /// Throws Error.
  void save(const State& state);
  /// The file, if it was loaded or saved here, or left by CheckpointAtDeath.
  void remove();

 private:
  friend class CheckpointAtDeath;

  std::filesystem::path file_;
  std::string test_;
  std::string search_;  // Strategy and options in words.
  std::string program_;
  bool is_ours_ = false;
};

/// While it lives, a death of the process on this thread leaves the state in the file that was
/// noted last, so that little of a search is lost. Nothing is written before.
class CheckpointAtDeath {
 public:
  /// `checkpoint` must outlive it.
  explicit CheckpointAtDeath(const Checkpoint& checkpoint);
  ~CheckpointAtDeath();
  CheckpointAtDeath(const CheckpointAtDeath&) = delete;
  CheckpointAtDeath& operator=(const CheckpointAtDeath&) = delete;

  /// O(size of the position).
  void note(Checkpoint::State state);

  /// Writes those of this thread. Async-signal-safe.
  static void save_all();

 private:
  void save(const Checkpoint::State& state) const;

  std::string head_;  // Of the file's text, up to the numbers.
  std::string file_;  // Absolute, as the next: the program may change its directory.
  std::string temporary_;
  pid_t process_;
  /// A death within note() finds the one before it whole.
  std::array<Checkpoint::State, 2> states_;
  std::atomic<const Checkpoint::State*> noted_ = nullptr;
  CheckpointAtDeath* outer_;
};

}  // namespace coweave::detail
