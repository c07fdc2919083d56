#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coweave::detail {

/// Writes text to a file descriptor from where nothing may be allocated or locked: a signal
/// handler.
class SignalSafeWriter {
 public:
  explicit SignalSafeWriter(int descriptor) : descriptor_(descriptor) {}
  SignalSafeWriter(const SignalSafeWriter&) = delete;
  SignalSafeWriter& operator=(const SignalSafeWriter&) = delete;

  SignalSafeWriter& operator<<(std::string_view text);
  SignalSafeWriter& operator<<(std::uint64_t number);
  /// 16 digits.
  void hexadecimal(std::uint64_t number);
  /// `text` as a JSON string, quoted; what is not printable ASCII becomes '?'.
  void json_string(std::string_view text);
  /// Writes out what is left. False: something could not be written.
  [[nodiscard]] bool flush();

 private:
  void put(char c);

  std::array<char, 2048> buffer_;
  std::size_t used_ = 0;
  int descriptor_;
  bool is_good_ = true;
};

}  // namespace coweave::detail
