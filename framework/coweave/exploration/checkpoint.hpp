#pragma once

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
  /// What has been counted, and the Strategy::position().
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
  /// The file, if it was loaded or saved here.
  void remove();

 private:
  std::filesystem::path file_;
  std::string test_;
  std::string search_;  // Strategy and options in words.
  std::string program_;
  bool is_ours_ = false;
};

}  // namespace coweave::detail
