// Damaged and hostile schedule files. Every input is a pure function of its number, so a failure
// names what it takes to repeat it. Whatever the input, the reader gives a schedule that it can
// write and read again, or one line of complaint.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "coweave/core/error.hpp"
#include "coweave/core/rng.hpp"
#include "coweave/schedule/schedule.hpp"
#include "framework/schedule/sample_schedule.hpp"

namespace coweave {
namespace {

bool is_one_line(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(),
                                       [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

/// Whether the reader took the input.
bool keeps_its_promise(const std::string& text) {
  Schedule schedule;
  try {
    schedule = Schedule::from_json(text, "f.json");
  } catch (const Error& error) {
    const std::string_view line = error.what();
    EXPECT_TRUE(is_one_line(line)) << line;
    EXPECT_TRUE(line.starts_with("f.json: line ") || line.starts_with("f.json: at /")) << line;
    EXPECT_LT(line.size(), 500U) << line;
    return false;
  }
  EXPECT_EQ(Schedule::from_json(schedule.to_json(), "again"), schedule);
  return true;
}

/// Mostly small, so that a mutation hits something that matters.
std::string original(Rng& rng) {
  return rng.below(4) == 0 ? samples::explained().to_json() : samples::any(rng).to_json();
}

std::size_t position(Rng& rng, const std::string& text) {
  return rng.below(static_cast<std::uint32_t>(text.size()));
}

/// Where a token starts: a number, a string, a word or a sign.
std::size_t token_after(const std::string& text, std::size_t from) {
  const std::size_t start = text.find_first_not_of(" \n", from);
  return start == text.npos ? 0 : start;
}
std::size_t token_end(const std::string& text, std::size_t start) {
  if (text[start] == '"') {
    const std::size_t end = text.find('"', start + 1);
    return end == text.npos ? text.size() : end + 1;
  }
  const std::size_t end = text.find_first_of(" \n,:[]{}\"", start + 1);
  return end == text.npos ? text.size() : end;
}

void flip_a_bit(Rng& rng, std::string& text) {
  char& c = text[position(rng, text)];
  c = static_cast<char>(static_cast<unsigned char>(c) ^ (1U << rng.below(8)));
}

void replace_a_byte(Rng& rng, std::string& text) {
  text[position(rng, text)] = static_cast<char>(rng.below(256));
}

void drop_a_piece(Rng& rng, std::string& text) {
  text.erase(position(rng, text), 1 + rng.below(30));
  if (text.empty()) text = "0";
}

void repeat_a_piece(Rng& rng, std::string& text) {
  const std::string piece = text.substr(position(rng, text), 1 + rng.below(60));
  text.insert(position(rng, text), piece);
}

void swap_tokens(Rng& rng, std::string& text) {
  std::size_t first = token_after(text, position(rng, text));
  std::size_t second = token_after(text, position(rng, text));
  if (first > second) std::swap(first, second);
  const std::size_t first_end = token_end(text, first);
  if (first_end > second) return;
  const std::size_t second_end = token_end(text, second);
  text = text.substr(0, first) + text.substr(second, second_end - second) +
         text.substr(first_end, second - first_end) + text.substr(first, first_end - first) +
         text.substr(second_end);
}

void replace_a_token(Rng& rng, std::string& text) {
  static constexpr std::array<std::string_view, 24> hostile{
      "4294967295",
      "4294967296",
      "18446744073709551615",
      "18446744073709551616",
      "-1",
      "-0",
      "1e308",
      "1e999",
      "0.5",
      "null",
      "true",
      "[]",
      "{}",
      "\"\"",
      "\"0\"",
      "\"\\u0000\"",
      "\"\\ud800\"",
      "\"choose\"",
      "\"\\u001b[2J\"",
      "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
      "\xFF",
      "//",
      "\"version\": 2",
      "9999999999999999999999999999999999999"};
  const std::size_t start = token_after(text, position(rng, text));
  text.replace(start, token_end(text, start) - start, hostile[rng.below(hostile.size())]);
}

void mutate(Rng& rng, std::string& text) {
  switch (rng.below(6)) {
    case 0:
      return flip_a_bit(rng, text);
    case 1:
      return replace_a_byte(rng, text);
    case 2:
      return drop_a_piece(rng, text);
    case 3:
      return repeat_a_piece(rng, text);
    case 4:
      return swap_tokens(rng, text);
    default:
      return replace_a_token(rng, text);
  }
}

TEST(ScheduleFuzz, SurvivesMutations) {
  int taken = 0;
  constexpr int inputs = 40'000;
  for (int number = 0; number < inputs; ++number) {
    Rng rng(execution_seed(1, static_cast<std::uint64_t>(number)));
    std::string text = original(rng);
    for (std::uint32_t times = 1 + rng.below(3); times > 0; --times) mutate(rng, text);
    taken += keeps_its_promise(text) ? 1 : 0;
    ASSERT_FALSE(HasFailure()) << "input " << number << ":\n" << text;
  }
  // Both ends of the promise are tested: many mutations only change a name or a number.
  EXPECT_GT(taken, inputs / 50);
  EXPECT_LT(taken, inputs / 2);
}

TEST(ScheduleFuzz, RefusesEveryTruncation) {
  const std::string text = samples::explained().to_json();
  // Without its last character, a newline, the text is complete.
  for (std::size_t length = 0; length + 1 < text.size(); ++length)
    ASSERT_FALSE(keeps_its_promise(text.substr(0, length))) << "length " << length;
  EXPECT_TRUE(keeps_its_promise(text.substr(0, text.size() - 1)));
}

TEST(ScheduleFuzz, SurvivesEveryByteAtEveryPosition) {
  const std::string text = "{\"format\":\"coweave-schedule\",\"version\":1,\"picks\":[0]}";
  for (std::size_t place = 0; place < text.size(); ++place) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[place] = static_cast<char>(byte);
      static_cast<void>(keeps_its_promise(changed));
      ASSERT_FALSE(HasFailure()) << "byte " << byte << " at " << place;
    }
  }
}

TEST(ScheduleFuzz, SurvivesDeepNestingEverywhere) {
  std::string text = samples::explained().to_json();
  text.pop_back();  // The newline: behind the last token there is nothing to replace.
  for (const std::string_view opening : {"[", "{\"a\":", "[{\"a\":"}) {
    std::string deep;
    for (int i = 0; i < 1'000; ++i) deep += opening;
    for (std::size_t start = 0; start < text.size();
         start = token_end(text, token_after(text, start)))
      ASSERT_FALSE(keeps_its_promise(text.substr(0, start) + deep)) << "at " << start;
  }
}

}  // namespace
}  // namespace coweave
