#include <gmock/gmock.h>

#include <string>

#include "coweave/core/error.hpp"
#include "coweave/schedule/schedule.hpp"
#include "framework/schedule/sample_schedule.hpp"

namespace coweave {
namespace {

/// The version of Coweave is the only part of a file that changes without the format.
std::string without_version(std::string text) {
  const std::size_t start = text.find("  \"coweave\": ");
  if (start == text.npos) return text;
  return text.erase(start, text.find('\n', start) + 1 - start);
}

std::string error_of(std::string_view text) {
  try {
    static_cast<void>(Schedule::from_json(text, "f.json"));
    return "no error";
  } catch (const Error& error) {
    return error.what();
  }
}

/// The complaint about the small schedule with `before` replaced by `after`.
std::string error_with(std::string_view before, std::string_view after) {
  std::string text = samples::small().to_json();
  const std::size_t position = text.find(before);
  if (position == text.npos) return "the sample has no " + std::string(before);
  return error_of(text.replace(position, before.size(), after));
}

/// A file with just what is required, and `members`.
std::string file_with(std::string_view members) {
  return R"({"format": "coweave-schedule", "version": 1, "picks": [])" + std::string(members) + "}";
}

TEST(ScheduleJson, WritesOneLineForEachElement) {
  EXPECT_EQ(without_version(samples::small().to_json()), R"({
  "format": "coweave-schedule",
  "version": 1,
  "test": "Account.IsNeverOverdrawn",
  "await_points": "operations",
  "strategy": {"name": "pct", "seed": 18446744073709551615, "execution": 3},
  "failure": {"kind": "check", "message": "balance >= 0\n  it was -60", "place": {"file": "bank.cpp", "line": 14}, "step": 3},
  "fingerprint": "0123456789abcdef",
  "picks": [1, 2],
  "tasks": [
    {"path": "0", "name": "body"},
    {"path": "0.1", "name": "withdraw#1", "place": {"file": "bank.cpp", "line": 20}},
    {"path": "0.2", "daemon": true, "place": {"file": "bank.cpp", "line": 21}}
  ],
  "objects": [
    {"path": "0/1", "kind": "lock", "name": "db", "place": {"file": "bank.cpp", "line": 9}},
    {"path": "outside/1", "kind": "bounded_semaphore"}
  ],
  "steps": [
    {"task": "0", "operation": "start", "ready": ["0"], "pick": 0, "effects": [{"operation": "spawn", "task": "0.1", "place": {"file": "bank.cpp", "line": 20}}, {"operation": "spawn", "task": "0.2", "place": {"file": "bank.cpp", "line": 21}}]},
    {"task": "0.2", "operation": "acquire", "object": "0/1", "place": {"file": "bank.cpp", "line": 12}, "ready": ["0.1", "0.2"], "pick": 1, "effects": [{"operation": "take", "object": "0/1", "place": {"file": "bank.cpp", "line": 12}}]},
    {"task": "0.2", "operation": "choose", "place": {"file": "bank.cpp", "line": 13}, "alternatives": 3, "pick": 2},
    {"task": "0.1", "operation": "start", "ready": ["0.1"], "pick": 0, "effects": [{"operation": "check", "place": {"file": "bank.cpp", "line": 14}}, {"operation": "finish", "value": 1}]}
  ],
  "blocked": [
    {"task": "0", "operation": "gather", "place": {"file": "bank.cpp", "line": 22}, "since_step": 0, "awaits": ["0.1", "0.2"]},
    {"task": "0.2", "operation": "acquire", "object": "outside/1", "place": {"file": "bank.cpp", "line": 15}, "since_step": 2}
  ]
}
)");
}

TEST(ScheduleJson, WritesOfAPassingTraceWhatDiffers) {
  std::string text = samples::explained().to_json();
  text.erase(0, text.find("  \"needs\""));
  EXPECT_EQ(text, R"(  "needs": [
    {"step": 1, "text": "step 2: task 0.2 (acquire lock \"db\" at bank.cpp:12) goes before withdraw#1"}
  ],
  "notes": [
    "AwaitPoints::suspending (asyncio's rule): the failure exists"
  ],
  "passing_step": 2,
  "passing_is_last": true,
  "passing_tasks": [
    {"path": "0", "name": "body"},
    {"path": "0.3", "name": "audit", "place": {"file": "bank.cpp", "line": 23}},
    {"path": "0.2", "daemon": true, "place": {"file": "bank.cpp", "line": 21}},
    {"path": "0.1", "name": "withdraw#1", "place": {"file": "bank.cpp", "line": 20}}
  ],
  "passing_objects": [
    {"path": "outside/1", "kind": "bounded_semaphore"},
    {"path": "0/1", "kind": "lock", "name": "db", "place": {"file": "bank.cpp", "line": 9}}
  ],
  "passing_steps": [
    {"task": "0.3", "operation": "acquire", "object": "outside/1", "ready": ["0.3", "0.1"], "pick": 0, "effects": [{"operation": "finish", "value": 1}]}
  ]
}
)");
}

TEST(ScheduleJson, ReadsAnExplanation) {
  EXPECT_EQ(Schedule::from_json(samples::explained().to_json(), "f.json"), samples::explained());
}

TEST(ScheduleJson, SaysWhatIsWrongWithAnExplanation) {
  const auto error_with_change = [](std::string_view before, std::string_view after) {
    std::string text = samples::explained().to_json();
    const std::size_t position = text.rfind(before);  // The last: what is explained comes last.
    if (position == text.npos) return "the sample has no " + std::string(before);
    return error_of(text.replace(position, before.size(), after));
  };
  EXPECT_EQ(error_with_change("{\"step\": 1, \"text\"", "{\"step\": 4, \"text\""),
            "f.json: at /needs/0/step: expected a number below 4, the number of steps, found 4");
  EXPECT_EQ(
      error_with_change("\"passing_step\": 2", "\"passing_step\": 5"),
      "f.json: at /passing_step: expected a number of at most 4, the number of steps, found 5");
  // The second step, which both have, works on it.
  EXPECT_EQ(error_with_change("{\"path\": \"0/1\"", "{\"path\": \"0/2\""),
            "f.json: at /passing_objects: expected an element of path \"0/1\", found nothing");
  EXPECT_EQ(
      error_with_change("{\"task\": \"0.3\"", "{\"task\": \"0.4\""),
      "f.json: at /passing_steps/0/task: expected the path of a task in /passing_tasks, found "
      "\"0.4\"");
}

TEST(ScheduleJson, WritesNoPassingTraceWithoutTheStepsThatItShares) {
  Schedule schedule = samples::explained();
  schedule.trace.steps.clear();  // Two of them are the passing trace's, too.
  schedule.picks.clear();
  const Schedule read = Schedule::from_json(schedule.to_json(), "f.json");
  EXPECT_FALSE(read.explanation.passing);
  EXPECT_EQ(read.explanation.needs, schedule.explanation.needs);
}

TEST(ScheduleJson, WritesNoListsForAnAbsentTrace) {
  EXPECT_EQ(without_version(Schedule{}.to_json()), R"({
  "format": "coweave-schedule",
  "version": 1,
  "test": "",
  "await_points": "every",
  "strategy": {"name": "", "seed": 0, "execution": 0},
  "fingerprint": "0000000000000000",
  "picks": []
}
)");
}

TEST(ScheduleJson, NamesTheVersionThatWroteIt) {
  EXPECT_THAT(Schedule{}.to_json(),
              testing::HasSubstr("\n  \"coweave\": \"" COWEAVE_VERSION "\",\n"));
}

TEST(ScheduleJson, ReadsWhatItWrites) {
  EXPECT_EQ(Schedule::from_json(samples::small().to_json(), "f.json"), samples::small());
  EXPECT_EQ(Schedule::from_json(Schedule{}.to_json(), "f.json"), Schedule{});
}

TEST(ScheduleJson, ReadsWhatItWritesOfAnySchedule) {
  Rng rng(1);
  for (int i = 0; i < 2'000; ++i) {
    const Schedule schedule = samples::any(rng);
    const std::string text = schedule.to_json();
    ASSERT_EQ(Schedule::from_json(text, "f.json"), schedule) << text;
  }
}

TEST(ScheduleJson, ReplacesBytesThatAreNotUtf8) {
  Schedule schedule = samples::small();
  schedule.failure->message =
      "a\xFF"
      "b\xC3";
  const Schedule read = Schedule::from_json(schedule.to_json(), "f.json");
  EXPECT_EQ(read.failure->message, "a\uFFFDb\uFFFD");
}

TEST(ScheduleJson, RefusesToWriteReferencesToNothing) {
  Schedule schedule = samples::small();
  schedule.trace.steps[0].task = 7;
  EXPECT_THROW(static_cast<void>(schedule.to_json()), Error);
  schedule = samples::small();
  schedule.trace.steps[0].object = 2;
  EXPECT_THROW(static_cast<void>(schedule.to_json()), Error);
}

TEST(ScheduleJson, CountsDeviations) {
  Schedule schedule;
  EXPECT_EQ(schedule.deviations(), 0U);
  schedule.picks = {0, 2, 0, 1};
  EXPECT_EQ(schedule.deviations(), 2U);
}

TEST(ScheduleJson, NeedsOnlyFormatVersionAndPicks) {
  EXPECT_EQ(Schedule::from_json(file_with(""), "f.json"), Schedule{});
  EXPECT_EQ(error_of("{}"), "f.json: at /format: expected \"coweave-schedule\", found nothing");
  EXPECT_EQ(error_of(R"({"format": "coweave-schedule", "picks": []})"),
            "f.json: at /version: expected 1, found nothing");
  EXPECT_EQ(error_of(R"({"format": "coweave-schedule", "version": 1})"),
            "f.json: at /picks: expected a list, found nothing");
}

TEST(ScheduleJson, IgnoresUnknownKeys) {
  EXPECT_EQ(Schedule::from_json(file_with(R"(, "new": {"a": [1, {}], "a": null}, "new": -1.5e3)"),
                                "f.json"),
            Schedule{});
  std::string text = samples::small().to_json();
  text.replace(text.find("\"pick\": 0"), 9, "\"pick\": 0, \"later\": {\"x\": []}");
  EXPECT_EQ(Schedule::from_json(text, "f.json"), samples::small());
}

TEST(ScheduleJson, ReadsKeysInAnyOrder) {
  const Schedule schedule = Schedule::from_json(
      R"({"steps": [{"pick": 0, "ready": ["a"], "operation": "yield", "task": "a"}],
          "tasks": [{"path": "a"}], "picks": [], "version": 1, "format": "coweave-schedule"})",
      "f.json");
  EXPECT_EQ(schedule.trace.steps.size(), 1U);
}

TEST(ScheduleJson, RefusesANewerVersion) {
  EXPECT_EQ(error_with("\"version\": 1", "\"version\": 7"),
            "f.json: at /version: version 7, expected 1: written by a newer Coweave");
  EXPECT_EQ(error_with("\"version\": 1", "\"version\": 0"),
            "f.json: at /version: expected 1, found 0");
  EXPECT_EQ(error_with("\"version\": 1", "\"version\": \"1\""),
            "f.json: at /version: expected a whole number from 0 to 18446744073709551615, found "
            "\"1\"");
}

TEST(ScheduleJson, RefusesAnotherFormat) {
  EXPECT_EQ(error_with("coweave-schedule", "other"),
            "f.json: at /format: expected \"coweave-schedule\", found \"other\"");
  EXPECT_EQ(error_of("[1]"), "f.json: at /: expected an object, found a list");
  EXPECT_EQ(error_of("17"), "f.json: at /: expected an object, found 17");
}

TEST(ScheduleJson, NamesThePlaceOfASyntaxError) {
  EXPECT_EQ(error_of(""), "f.json: line 1, column 1: expected a value, found the end of the text");
  EXPECT_EQ(error_of("{\n  \"a\": }"), "f.json: line 2, column 8: expected a value, found \"}\"");
  EXPECT_EQ(error_of("{\"\u00e9\": nul}"),
            "f.json: line 1, column 7: expected a value, found \"nul\"");
  EXPECT_EQ(error_of("{a: 1}"), "f.json: line 1, column 2: expected a key in quotes, found \"a\"");
  EXPECT_EQ(error_of("{\"a\" 1}"), "f.json: line 1, column 6: expected ':', found \"1\"");
  EXPECT_EQ(error_of("{\"a\": 1 \"b\": 2}"),
            "f.json: line 1, column 9: expected ',' or '}', found a string");
  EXPECT_EQ(error_of("{\"a\": [1 2]}"),
            "f.json: line 1, column 10: expected ',' or ']', found \"2\"");
  EXPECT_EQ(error_of("{\"a\": -x}"), "f.json: line 1, column 7: expected a digit, found \"-x\"");
  EXPECT_EQ(error_of("{\"a\": 1e999}"),
            "f.json: line 1, column 7: expected a number below 2^64, found \"1e999\"");
  EXPECT_EQ(error_of("{\"a\": \"b"),
            "f.json: line 1, column 9: expected a closing quote, found the end of the text");
  EXPECT_EQ(error_of("{\"a\": \"b\n\"}"),
            "f.json: line 1, column 9: expected an escaped control character, found \"\\n\"");
  EXPECT_EQ(error_of("{\"a\": \"\\q\"}"),
            "f.json: line 1, column 9: expected an escape sequence, found \"q\"");
  EXPECT_EQ(error_of("{} x"),
            "f.json: line 1, column 4: expected the end of the text, found \"x\"");
  EXPECT_EQ(error_of("{}// comment"),
            "f.json: line 1, column 3: expected the end of the text, found \"//\"");
}

TEST(ScheduleJson, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(error_of("{\"a\": \"b\xFF\"}"),
            "f.json: line 1, column 9: expected valid UTF-8, found \"\\xff\"");
  EXPECT_EQ(error_of("{\"a\": \"\\ud800\"}"),
            "f.json: line 1, column 14: expected a pair of surrogates, found a string");
  EXPECT_EQ(error_of(std::string("{}\0{}", 5)),
            "f.json: line 1, column 3: expected a value, found \"\\x00\"");
}

TEST(ScheduleJson, NamesThePlaceOfWrongContent) {
  EXPECT_EQ(error_with(R"("task": "0.1", "operation": "start")",
                       R"("task": "0.9", "operation": "start")"),
            "f.json: at /steps/3/task: expected the path of a task in /tasks, found \"0.9\"");
  EXPECT_EQ(error_with(R"("object": "outside/1")", R"("object": 5)"),
            "f.json: at /blocked/1/object: expected a string, found 5");
  EXPECT_EQ(error_with(R"("object": "outside/1")", R"("object": "0/2")"),
            "f.json: at /blocked/1/object: expected the path of an object in /objects, found "
            "\"0/2\"");
  EXPECT_EQ(error_with("\"ready\": [\"0.1\", \"0.2\"]", "\"ready\": [\"0.1\", \"\"]"),
            "f.json: at /steps/1/ready/1: expected the path of a task in /tasks, found \"\"");
  EXPECT_EQ(error_with("\"operation\": \"take\"", "\"operation\": \"grab\""),
            "f.json: at /steps/1/effects/0/operation: expected the name of an operation, found "
            "\"grab\"");
  EXPECT_EQ(error_with("\"kind\": \"lock\"", "\"kind\": \"mutex\""),
            "f.json: at /objects/0/kind: expected the name of a kind of object, found \"mutex\"");
  EXPECT_EQ(error_with("\"kind\": \"check\"", "\"kind\": \"bad\""),
            "f.json: at /failure/kind: expected the name of a kind of failure, found \"bad\"");
  EXPECT_EQ(error_with("\"operations\"", "\"some\""),
            "f.json: at /await_points: expected \"every\", \"operations\" or \"suspending\", found "
            "\"some\"");
  EXPECT_EQ(error_with("\"daemon\": true", "\"daemon\": 1"),
            "f.json: at /tasks/2/daemon: expected true or false, found 1");
  EXPECT_EQ(error_with("\"place\": {\"file\": \"bank.cpp\", \"line\": 14}", "\"place\": \"here\""),
            "f.json: at /failure/place: expected an object, found \"here\"");
  EXPECT_EQ(error_with("[1, 2]", "{}"), "f.json: at /picks: expected a list, found an object");
  EXPECT_EQ(error_with("0123456789abcdef", "0123456789ABCDEF"),
            "f.json: at /fingerprint: expected 16 hexadecimal digits in lower case, found "
            "\"0123456789ABCDEF\"");
  EXPECT_EQ(error_with("0123456789abcdef", "0"),
            "f.json: at /fingerprint: expected 16 hexadecimal digits in lower case, found \"0\"");
}

TEST(ScheduleJson, RefusesNumbersOutOfRange) {
  const std::string expected =
      "f.json: at /picks/0: expected a whole number from 0 to 4294967295, found ";
  EXPECT_EQ(error_with("[1, 2]", "[-1, 2]"), expected + "-1");
  EXPECT_EQ(error_with("[1, 2]", "[1.5, 2]"), expected + "1.5");
  EXPECT_EQ(error_with("[1, 2]", "[1.0, 2]"), expected + "1.0");
  EXPECT_EQ(error_with("[1, 2]", "[4294967296, 2]"), expected + "4294967296");
  EXPECT_EQ(error_with("[1, 2]", "[1e30, 2]"), expected + "1e+30");
  EXPECT_EQ(error_with("18446744073709551615", "18446744073709551616"),
            "f.json: at /strategy/seed: expected a whole number from 0 to 18446744073709551615, "
            "found 1.8446744073709552e+19");
}

TEST(ScheduleJson, RefusesStepsThatContradictThemselves) {
  EXPECT_EQ(error_with("\"ready\": [\"0\"], \"pick\": 0", "\"ready\": [\"0\"], \"pick\": 1"),
            "f.json: at /steps/0/pick: expected a number below 1, the number of ready tasks, found "
            "1");
  EXPECT_EQ(
      error_with("\"alternatives\": 3, \"pick\": 2", "\"alternatives\": 3, \"pick\": 3"),
      "f.json: at /steps/2/pick: expected a number below 3, the number of alternatives, found "
      "3");
  EXPECT_EQ(error_with("\"alternatives\": 3,", "\"ready\": [],"),
            "f.json: at /steps/2/ready: expected no ready tasks in a choice, found a list");
  EXPECT_EQ(error_with("\"ready\": [\"0\"],", "\"ready\": [\"0\"], \"alternatives\": 1,"),
            "f.json: at /steps/0/alternatives: expected no alternatives where ready tasks are "
            "listed, found 1");
  EXPECT_EQ(error_with("\"ready\": [\"0\"],", "\"injections\": 1, \"alternatives\": 1,"),
            "f.json: at /steps/0/injections: expected no injections where only the number of "
            "alternatives is known, found 1");
  EXPECT_EQ(
      error_with("\"ready\": [\"0\"],", "\"alternatives\": 0,"),
      "f.json: at /steps/0/pick: expected a number below 0, the number of alternatives, found "
      "0");
  EXPECT_EQ(error_with("\"ready\": [\"0\"],", ""),
            "f.json: at /steps/0/ready: expected a list, found nothing");
}

// What a crash leaves behind: of how many a step was picked, not of which.
TEST(ScheduleJson, ReadsAndWritesStepsOfWhichTheReadyTasksAreNotKnown) {
  Schedule schedule = samples::small();
  for (TraceStep& step : schedule.trace.steps) step.ready.clear();
  const std::string text = schedule.to_json();
  EXPECT_THAT(text, testing::HasSubstr(
                        R"("operation": "acquire", "object": "0/1", "place": )"
                        R"({"file": "bank.cpp", "line": 12}, "alternatives": 2, "pick": 1)"));
  EXPECT_EQ(Schedule::from_json(text, "text"), schedule);
}

TEST(ScheduleJson, NamesTheProgramThatSavedIt) {
  Schedule schedule = samples::small();
  EXPECT_EQ(schedule.to_json().find("\"program\""), std::string::npos);
  schedule.program = "bank_test";
  EXPECT_THAT(schedule.to_json(),
              testing::HasSubstr(
                  "\"test\": \"Account.IsNeverOverdrawn\",\n  \"program\": \"bank_test\",\n"));
  EXPECT_EQ(Schedule::from_json(schedule.to_json(), "text"), schedule);
}

TEST(ScheduleJson, RefusesPicksThatContradictTheSteps) {
  EXPECT_EQ(error_with("[1, 2]", "[1, 1]"),
            "f.json: at /picks/1: expected 2 as in /steps/2, found 1");
  EXPECT_EQ(error_with("[1, 2]", "[1]"),
            "f.json: at /picks/1: expected 2 as in /steps/2, found nothing");
  EXPECT_EQ(error_with("[1, 2]", "[1, 2, 0]"),
            "f.json: at /picks: expected 2 elements, one for each step with alternatives, found 3");
}

TEST(ScheduleJson, RefusesReferencesBeyondTheSteps) {
  EXPECT_EQ(error_with("\"step\": 3", "\"step\": 4"),
            "f.json: at /failure/step: expected a number below 4, the number of steps, found 4");
  EXPECT_EQ(error_with("\"since_step\": 2", "\"since_step\": 9"),
            "f.json: at /blocked/1/since_step: expected a number below 4, the number of steps, "
            "found 9");
}

TEST(ScheduleJson, RefusesDuplicates) {
  EXPECT_EQ(error_with("\"path\": \"0.2\"", "\"path\": \"0.1\""),
            "f.json: at /tasks/2/path: expected a path that differs from that of element 1, found "
            "\"0.1\"");
  EXPECT_EQ(
      error_with("\"path\": \"outside/1\"", "\"path\": \"0/1\""),
      "f.json: at /objects/1/path: expected a path that differs from that of element 0, found "
      "\"0/1\"");
  EXPECT_EQ(error_with("\"pick\": 0", "\"pick\": 0, \"pick\": 0"),
            "f.json: at /steps/0: expected each key once, found \"pick\" twice");
  EXPECT_EQ(error_of(file_with(", \"picks\": []")),
            "f.json: at /picks: expected this member once, found it twice");
}

TEST(ScheduleJson, LimitsTheNesting) {
  // The outermost object is the first level.
  const auto nested = [](std::size_t levels) {
    return file_with(", \"new\": " + std::string(levels, '[') + std::string(levels, ']'));
  };
  EXPECT_EQ(error_of(nested(31)), "no error");
  EXPECT_EQ(error_of(nested(32)),
            "f.json: at /new: expected at most 32 levels of nesting, found more");
  EXPECT_EQ(error_of(std::string(1'000'000, '[')),
            "f.json: at /: expected an object, found a list");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(error_of(objects), "f.json: at /a: expected at most 32 levels of nesting, found more");
}

TEST(ScheduleJson, LimitsTheValuesOfAnElement) {
  std::string values;
  for (int i = 0; i < 1'000'000; ++i) values += "0,";
  EXPECT_EQ(error_of(file_with(", \"steps\": [{\"new\": [" + values + "0]}]")),
            "f.json: at /steps/0: expected at most 1000000 values, found more");
}

// Picks take less memory than text. The size of a file limits them, and nothing else.
TEST(ScheduleJson, ReadsAnyNumberOfPicks) {
  std::string text = R"({"format": "coweave-schedule", "version": 1, "picks": [0)";
  for (int i = 0; i < 10'000'000; ++i) text += ",1";
  EXPECT_EQ(Schedule::from_json(text + "]}", "f.json").picks.size(), 10'000'001U);
}

// More than a file with a trace may have: 64 MiB.
TEST(ScheduleJson, ReadsNothingButPicksFromTextThatIsTooLong) {
  const std::string picks = R"({"format": "coweave-schedule", "version": 1, "picks": [0])" +
                            std::string(std::size_t{64} << 20U, ' ');
  EXPECT_EQ(Schedule::from_json(picks + R"(, "notes": ["a"]})", "f.json").picks.size(), 1U);
  EXPECT_EQ(error_of(picks + R"(, "needs": [{"step": 1, "text": "a"}]})"),
            "f.json: at /needs: expected nothing but picks in more than 64 MiB, found a list");
}

TEST(ScheduleJson, QuotesHostileTextHarmlessly) {
  EXPECT_EQ(error_with("\"operations\"", "\"\\u001b[2J\\n\\u202e\\u0000\""),
            "f.json: at /await_points: expected \"every\", \"operations\" or \"suspending\", found "
            "\"\\x1b[2J\\n\\u202e\\x00\"");
  EXPECT_EQ(error_with("\"operations\"", '"' + std::string(100, 'x') + '"'),
            "f.json: at /await_points: expected \"every\", \"operations\" or \"suspending\", found "
            "\"" +
                std::string(60, 'x') + "...\"");
  try {
    static_cast<void>(Schedule::from_json("", "a\nb\x1b"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("a\\nb\\x1b: line 1"));
  }
}

}  // namespace
}  // namespace coweave
