#include "coweave/report/text/timeline_pen.hpp"

#include <algorithm>

#include "coweave/report/text/text_layout.hpp"

namespace coweave::detail {

std::string Pen::toned(std::string_view text, Tone tone) const {
  if (!has_color_ || tone == Tone::plain || text.empty()) return std::string(text);
  const std::string_view code = tone == Tone::heading     ? "1"
                                : tone == Tone::faint     ? "2"
                                : tone == Tone::deviation ? "33"
                                : tone == Tone::need      ? "1;35"
                                                          : "1;31";
  return "\x1b[" + std::string(code) + 'm' + std::string(text) + "\x1b[0m";
}

void Pen::line(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  (out_ += line) += '\n';
}

void Pen::lines(std::string start, std::size_t indent, std::string_view text, Tone tone) {
  for (const std::string& part : wrap(clean(text), width_ - std::min(width_ / 2, indent))) {
    line(start + toned(part, tone));
    start.assign(indent, ' ');
  }
}

}  // namespace coweave::detail
