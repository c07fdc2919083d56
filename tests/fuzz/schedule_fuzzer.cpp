// libFuzzer entry point for the reader of schedule files: any input gives a schedule that survives
// being written and read again, or one line of complaint. tools/fuzz.sh runs it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "coweave/core/error.hpp"
#include "coweave/report/export/export.hpp"
#include "coweave/report/html/html.hpp"
#include "coweave/report/text/timeline.hpp"
#include "coweave/schedule/schedule.hpp"

namespace {

void must(bool claim, std::string_view what) {
  if (claim) return;
  std::cerr << "broken promise: " << what << '\n';
  std::abort();
}

bool is_one_line(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(),
                                       [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  coweave::Schedule schedule;
  try {
    schedule = coweave::Schedule::from_json(text, "f.json");
  } catch (const coweave::Error& error) {
    must(is_one_line(error.what()), "an error is one line");
    return 0;
  }
  must(coweave::Schedule::from_json(schedule.to_json(), "again") == schedule,
       "what was read can be written and read again");
  // From a few columns to wide: the list and the columns.
  const coweave::TimelineStyle style{.width = size % 200, .charset = coweave::Charset::ascii};
  for (const char c : coweave::draw_timeline(schedule, style))
    must(c == '\n' || (c >= 0x20 && c < 0x7F), "a timeline has no control characters");
  must(!coweave::to_chrome_trace(schedule).empty(), "there are trace events of every schedule");
  must(coweave::to_mermaid(schedule).find("%%") == std::string::npos, "Mermaid sees no directive");
  const std::string page = coweave::html_page(schedule, {.most_steps = 1 + size % 9});
  must(page.find("</script>", page.find("</script>", page.rfind("id=\"data\">")) + 1) ==
           page.rfind("</script>"),
       "the data of a page ends where the page says");
  return 0;
}
