#include "coweave/report/html/html.hpp"

#include <string_view>
#include <utility>

#include "coweave/exploration/failures/story.hpp"
#include "coweave/report/html/assets.hpp"
#include "coweave/report/html/page_data.hpp"
#include "coweave/report/text/timeline.hpp"
#include "coweave/schedule/file/whole_file.hpp"

#ifndef COWEAVE_VERSION
#error "the build has to define COWEAVE_VERSION as a string"
#endif

namespace coweave {
namespace {

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string title_of(const Schedule& schedule) {
  const std::string title = printable(schedule.test.empty() ? "a schedule" : schedule.test);
  return title + (schedule.failure ? " fails" : "") + " - Coweave";
}

/// For a browser without scripts: what a terminal shows.
std::string plain_text_of(const Schedule& schedule) {
  constexpr std::size_t width = 120;
  TimelineStyle style;
  style.width = width;
  style.most_steps = 200;
  return draw_timeline(schedule, style);
}

/// The template with every `{{name}}` replaced. What is put in is not looked at again.
std::string filled(std::string_view page,
                   const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string html;
  while (true) {
    const std::size_t start = page.find("{{");
    html += page.substr(0, start);
    if (start == page.npos) return html;
    page.remove_prefix(start + 2);
    const std::size_t end = page.find("}}");
    for (const auto& [name, value] : values)
      if (name == page.substr(0, end)) html += value;
    page.remove_prefix(end + 2);
  }
}

}  // namespace

std::string html_page(const Schedule& schedule, const HtmlOptions& options) {
  return filled(detail::assets::page_html(), {{"title", escaped(title_of(schedule))},
                                              {"version", COWEAVE_VERSION},
                                              {"style", std::string(detail::assets::page_css())},
                                              {"plain", escaped(plain_text_of(schedule))},
                                              {"data", detail::page_data(schedule, options)},
                                              {"script", std::string(detail::assets::page_js())}});
}

void write_html(const std::filesystem::path& file, const Schedule& schedule,
                const HtmlOptions& options) {
  detail::write_whole_file(file, html_page(schedule, options));
}

void write_html(const std::filesystem::path& file, const Failure& failure, HtmlOptions options) {
  if (options.schedule_file.empty()) options.schedule_file = failure.schedule_file.string();
  write_html(file, with_explanation(failure), options);
}

}  // namespace coweave
