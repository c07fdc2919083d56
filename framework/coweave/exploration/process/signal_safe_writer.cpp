#include "coweave/exploration/process/signal_safe_writer.hpp"

#include <unistd.h>

#include <cerrno>

namespace coweave::detail {

void SignalSafeWriter::put(char c) {
  if (used_ == buffer_.size()) static_cast<void>(flush());
  buffer_[used_++] = c;
}

SignalSafeWriter& SignalSafeWriter::operator<<(std::string_view text) {
  for (const char c : text) put(c);
  return *this;
}

SignalSafeWriter& SignalSafeWriter::operator<<(std::uint64_t number) {
  std::array<char, 20> digits{};
  std::size_t first = digits.size();
  do {
    digits[--first] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return *this << std::string_view(digits.data() + first, digits.size() - first);
}

void SignalSafeWriter::hexadecimal(std::uint64_t number) {
  for (unsigned shift = 64; shift != 0; shift -= 4)
    put("0123456789abcdef"[(number >> (shift - 4U)) & 0xFU]);
}

void SignalSafeWriter::json_string(std::string_view text) {
  put('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') put('\\');
    put(c >= ' ' && c <= '~' ? c : '?');
  }
  put('"');
}

bool SignalSafeWriter::flush() {
  std::size_t written = 0;
  while (written < used_ && is_good_) {
    const ssize_t count = ::write(descriptor_, buffer_.data() + written, used_ - written);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      is_good_ = false;
    }
  }
  used_ = 0;
  return is_good_;
}

}  // namespace coweave::detail
