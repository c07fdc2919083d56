#pragma once

#include <csignal>
#include <string_view>

namespace coweave::detail {

/// Who hears of signals that end the process, on the thread that receives them, before they do.
/// Both must be async-signal-safe.
struct DeathListener {
  /// The program itself has caused it: by a fault, by raise(), by a broken pipe, by a timer.
  void (*caused_by_program)(std::string_view signal) = nullptr;
  /// Another process, or a terminal, has sent it.
  void (*sent_from_outside)() = nullptr;
};

/// While it is taken as often as it is given back, `listener` hears of signals that end the
/// process; then the process ends as it would have ended: by the former handler, with a core dump
/// if there was to be one. Of the signals that are no faults only those are taken that end the
/// process and that nobody else handles or ignores.
void take_death_signals(const DeathListener& listener);
void give_death_signals_back();

/// Whether this process has sent it to itself, or has asked for it by a timer.
[[nodiscard]] bool is_sent_by_program(int number, const siginfo_t& info);

/// "SIGSEGV (invalid memory access)"; the bare number is not said of an unknown one.
[[nodiscard]] std::string_view words_of_signal(int number);

}  // namespace coweave::detail
