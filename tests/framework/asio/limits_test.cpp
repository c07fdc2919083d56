// The table of what is refused or uncontrolled, in framework/docs/how_to/asio.md, has a row for
// each limit of the code, and no others.
#include <gmock/gmock.h>

#include <coweave/core/foreign_limits.hpp>
#include <coweave/gtest.hpp>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "framework/asio/library.hpp"

namespace {

using coweave::detail::foreign_limits;
using coweave::detail::ForeignLimitText;

/// The keys of the rows between the heading of the table and the next heading, with their lines.
std::map<std::string, std::string> rows() {
  std::ifstream page(COWEAVE_DOCS_DIR "/how_to/asio.md");
  std::map<std::string, std::string> found;
  bool is_within = false;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("## ", 0) == 0) is_within = line == "## What is refused or not controlled";
    if (!is_within || line.rfind("| `", 0) != 0) continue;
    found[line.substr(3, line.find('`', 3) - 3)] = line;
  }
  return found;
}

TEST(AsioLimits, TheTableHasARowForEach) {
  std::set<std::string> keys;
  for (const auto& [key, line] : rows()) keys.insert(key);
  std::set<std::string> expected;
  for (const ForeignLimitText& limit : foreign_limits) expected.insert(std::string(limit.key));
  EXPECT_EQ(keys, expected);
}

TEST(AsioLimits, EachRowSaysTheMessage) {
  const std::map<std::string, std::string> found = rows();
  std::size_t index = 0;
  for (const ForeignLimitText& limit : foreign_limits) {
    EXPECT_EQ(static_cast<std::size_t>(limit.limit), index++);  // message_of() counts on it.
    const std::string message(limit.message.substr(0, limit.message.find_first_of(",:")));
    EXPECT_THAT(found.at(std::string(limit.key)), ::testing::HasSubstr(message));
  }
}

TEST(AsioLimits, ABlockingWaitIsRefused) {
  const auto body = []() -> coweave::Task<> {
    adapter::context io;
    adapter::virtual_timer timer(io, std::chrono::seconds(1));
    error_code result;
    timer.wait(result);
    coweave::check(result == asio::error::operation_not_supported, result.message());
    co_await io.run();
  };
  EXPECT_FALSE(coweave::explore(body).failed());
}

}  // namespace
