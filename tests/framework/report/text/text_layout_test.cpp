#include "coweave/report/text/text_layout.hpp"

#include <gmock/gmock.h>

namespace coweave {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TextLayout, CountsColumns) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("ab\u00e9"), 3U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("\u4e16\u754c"), 4U);
}

TEST(TextLayout, CutsWithAnEllipsis) {
  EXPECT_EQ(cut_to_width("abcd", 4, Charset::utf8), "abcd");
  EXPECT_EQ(cut_to_width("abcde", 4, Charset::utf8), "abc\u2026");
  EXPECT_EQ(cut_to_width("abcde", 4, Charset::ascii), "abc~");
  EXPECT_EQ(cut_to_width("abcde", 1, Charset::ascii), "~");
}

TEST(TextLayout, WrapsAtSpaces) {
  EXPECT_THAT(wrap("", 5), ElementsAre(""));
  EXPECT_THAT(wrap("ab cd ef", 5), ElementsAre("ab cd", "ef"));
  EXPECT_THAT(wrap("ab cd ef", 4), ElementsAre("ab", "cd", "ef"));
  EXPECT_THAT(wrap("ab cd ef gh", 5, 3), ElementsAre("ab cd", "ef", "gh"));
}

TEST(TextLayout, BreaksWordsThatAreTooLong) {
  EXPECT_THAT(wrap("abcdefg", 3), ElementsAre("abc", "def", "g"));
  EXPECT_THAT(wrap("\u4e16\u754c", 1), ElementsAre("\u4e16", "\u754c"));
  EXPECT_THAT(wrap("ab", 0), ElementsAre("a", "b"));
}

TEST(TextLayout, BreaksPlacesBehindAPartOfTheName) {
  EXPECT_THAT(wrap("golden_programs.hpp:35", 20), ElementsAre("golden_", "programs.hpp:35"));
  EXPECT_THAT(wrap("at some_dir/file.cpp:1", 12), ElementsAre("at", "some_dir/", "file.cpp:1"));
  EXPECT_THAT(wrap("(a-b)x", 5), ElementsAre("(a-b)", "x"));
  // No part fits: nothing is lost all the same.
  EXPECT_THAT(wrap("abcdef_g", 3), ElementsAre("abc", "def", "_g"));
}

TEST(TextLayout, SplitsLines) {
  EXPECT_THAT(split_lines(""), IsEmpty());
  EXPECT_THAT(split_lines("a\n\nb\n"), ElementsAre("a", "", "b"));
}

}  // namespace
}  // namespace coweave
