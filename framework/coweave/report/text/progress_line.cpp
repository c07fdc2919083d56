#include "coweave/report/text/progress_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "coweave/core/words.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave {
namespace {

std::string seconds(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

/// "30% of about 4.0e+05".
std::string share_of(std::uint64_t schedules, double interleavings) {
  std::array<char, 64> text{};
  const double share = std::min(100 * static_cast<double>(schedules) / interleavings, 100.0);
  std::snprintf(text.data(), text.size(), "%.2g%% of about %.1e", share, interleavings);
  return text.data();
}

}  // namespace

std::string to_string(const Progress& progress) {
  std::string text = progress.test.empty() ? "exploration" : printable(progress.test);
  text += ": " + printable(progress.phase) + ": " + counted(progress.schedules, "schedule") + ", " +
          std::to_string(static_cast<std::uint64_t>(progress.rate)) + " a second";
  if (progress.interleavings > 0)
    text += ", " + share_of(progress.schedules, progress.interleavings);
  if (progress.bound)
    text += ", all of at most " + counted(progress.bound->deviations, "deviation");
  return text + ", " + seconds(progress.elapsed) + " of " + seconds(progress.max_time);
}

void ProgressLine::show(const Progress& progress) {
  using namespace std::chrono_literals;
  const std::chrono::nanoseconds pause = columns_ == 0 ? 10s : is_shown_ ? 200ms : 1s;
  if (progress.elapsed - shown_at_ < pause) return;
  shown_at_ = progress.elapsed;
  std::string text = to_string(progress);
  if (columns_ == 0) {
    std::fprintf(out_, "[  coweave ] %s\n", text.c_str());
  } else {
    if (text.size() >= columns_) text.resize(columns_ - 1);
    std::fprintf(out_, "\r\x1b[K%s", text.c_str());
    is_shown_ = true;
  }
  std::fflush(out_);
}

void ProgressLine::erase() {
  if (!is_shown_) return;
  is_shown_ = false;
  std::fputs("\r\x1b[K", out_);
  std::fflush(out_);
}

std::size_t terminal_columns(std::FILE* file) {
  const char* const kind = std::getenv("TERM");
  if (kind == nullptr || std::string_view(kind) == "dumb") return 0;
  const int descriptor = ::fileno(file);
  if (descriptor < 0 || ::isatty(descriptor) == 0) return 0;
  struct winsize size {};
  constexpr std::size_t usual = 80;
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : usual;
}

}  // namespace coweave
