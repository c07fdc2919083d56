#include "coweave/schedule/printable.hpp"

#include <gtest/gtest.h>

#include <string>

namespace coweave {
namespace {

TEST(Printable, KeepsText) {
  EXPECT_EQ(printable("a \"b\" \\ \u00e9 \u4e16 \U0001F600"),
            "a \"b\" \\ \u00e9 \u4e16 \U0001F600");
}

TEST(Printable, EscapesControlCharacters) {
  EXPECT_EQ(printable(std::string("\0\x1b\n\r\t\x7F", 6)), "\\x00\\x1b\\n\\r\\t\\x7f");
  EXPECT_EQ(printable("\u009b\u202e\u2066\u2028\ufeff"), "\\u009b\\u202e\\u2066\\u2028\\ufeff");
}

TEST(Printable, EscapesBytesThatAreNotUtf8) {
  // A stray continuation, overlong forms, a surrogate, beyond Unicode, cut off.
  EXPECT_EQ(printable("\x80"), "\\x80");
  EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf");
  EXPECT_EQ(printable("\xE0\x80\xAF"), "\\xe0\\x80\\xaf");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable("\xE4\xB8"), "\\xe4\\xb8");
}

TEST(Printable, EscapesWhatIsNotAsciiWhereAsked) {
  EXPECT_EQ(printable("\u00e9\U0001F600", Charset::ascii), "\\u00e9\\U0001f600");
}

TEST(Printable, CutsWhatItQuotes) {
  EXPECT_EQ(quote("a\nb"), "\"a\\nb\"");
  EXPECT_EQ(quote(std::string(60, 'x')), '"' + std::string(60, 'x') + '"');
  EXPECT_EQ(quote(std::string(61, 'x')), '"' + std::string(60, 'x') + "...\"");
}

}  // namespace
}  // namespace coweave
