#pragma once

// Internal to report/.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "coweave/report/text/timeline.hpp"

namespace coweave::detail {

/// How a piece of a line is meant.
enum class Tone { plain, heading, faint, deviation, need, failure };

/// Writes lines for a terminal. Control sequences are chosen here and come from nowhere else.
class Pen {
 public:
  Pen(const TimelineStyle& style, std::size_t width)
      : charset_(style.charset), has_color_(style.color), width_(width) {}

  [[nodiscard]] Charset charset() const { return charset_; }
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::string toned(std::string_view text, Tone tone) const;
  [[nodiscard]] std::string clean(std::string_view text) const { return printable(text, charset_); }

  /// Lines end with their last visible character.
  void line(std::string line);
  /// `text` in as many lines as it needs, each behind `indent` columns, of which the first ones are
  /// `start`.
  void lines(std::string start, std::size_t indent, std::string_view text, Tone tone = Tone::plain);
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  Charset charset_;
  bool has_color_;
  std::size_t width_;
  std::string out_;
};

}  // namespace coweave::detail
