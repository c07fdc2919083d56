#include <nlohmann/json.hpp>

#include "coweave/diagnosis/diagnosis.hpp"
#include "coweave/exploration/completion.hpp"
#include "coweave/report/printing.hpp"

namespace coweave {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson json_of(const SourceLine& place) {
  return {{"file", place.file}, {"line", place.line}};
}

std::string_view to_string(AwaitPointsEvidence::Answer answer) {
  switch (answer) {
    case AwaitPointsEvidence::Answer::found:
      return "found";
    case AwaitPointsEvidence::Answer::absent:
      return "absent";
    case AwaitPointsEvidence::Answer::not_found:
      return "not_found";
  }
  return "?";
}

OrderedJson json_of(const NotExplored& not_explored) {
  OrderedJson json = OrderedJson::object();
  if (not_explored.timers_fired_only_when_idle) json["timers_fired_only_when_idle"] = true;
  if (not_explored.plain_timers_fired_only_when_idle)
    json["plain_timers_fired_only_when_idle"] = true;
  if (not_explored.clock_moved_at_step_limit) json["clock_moved_at_step_limit"] = true;
  if (not_explored.sampled_values > 1) json["sampled_values"] = not_explored.sampled_values;
  if (not_explored.cancellations_without_target) json["cancellations_without_target"] = true;
  if (not_explored.wakeups_without_target) json["wakeups_without_target"] = true;
  if (!not_explored.names_without_target.empty())
    json["names_without_target"] = not_explored.names_without_target;
  if (not_explored.uncontrolled > 0) json["uncontrolled"] = not_explored.uncontrolled;
  if (not_explored.is_nondeterministic) json["is_nondeterministic"] = true;
  return json;
}

OrderedJson json_of(const Assurance& assurance) {
  OrderedJson json = OrderedJson::object();
  if (const auto& classes = assurance.classes)
    json["classes"] = {
        {"seen", classes->seen}, {"samples", classes->samples}, {"unseen", classes->unseen}};
  if (const auto& depth = assurance.depth)
    json["depth"] = {{"depth", depth->depth},
                     {"miss_probability", depth->miss_probability},
                     {"tasks", depth->tasks},
                     {"decisions", depth->decisions},
                     {"values", depth->values}};
  return json;
}

/// What is not known is left out.
OrderedJson json_of(const Completion& completion) {
  OrderedJson json{{"kind", to_string(completion.kind)},
                   {"end", to_string(completion.end)},
                   {"schedules", completion.schedules},
                   {"resumed", completion.resumed},
                   {"injected", completion.injected}};
  if (completion.fairness > 0) json["fairness"] = completion.fairness;
  if (const auto& bound = completion.bound)
    json["bound"] = {
        {"deviations", bound->deviations}, {"schedules", bound->schedules}, {"base", bound->base}};
  if (const auto& reduction = completion.reduction) {
    json["reduction"] = {{"classes", reduction->classes},
                         {"executions", reduction->executions},
                         {"searches", reduction->searches},
                         {"engine", reduction->engine},
                         {"audited", reduction->audited}};
    if (reduction->is_refuted) json["reduction"]["is_refuted"] = true;
  }
  if (completion.assurance) json["assurance"] = json_of(*completion.assurance);
  if (completion.interleavings > 0) json["interleavings"] = completion.interleavings;
  json["parts"] = OrderedJson::array();
  for (const SearchPart& part : completion.parts)
    json["parts"].push_back({{"search", part.search}, {"schedules", part.schedules}});
  if (const auto& early = completion.early_timeouts)
    json["early_timeouts"] = {{"schedules", early->schedules},
                              {"at_most", early->at_most},
                              {"is_complete", early->is_complete},
                              {"has_failed", early->has_failed},
                              {"ended_by_timeout", early->ended_by_timeout}};
  json["not_explored"] = json_of(completion.not_explored);
  return json;
}

OrderedJson json_of(const Failure& failure) {
  OrderedJson json{{"kind", to_string(failure.kind)}, {"message", failure.message}};
  if (failure.place.known()) json["place"] = json_of(failure.place);
  json["count"] = failure.count;
  json["found_with"] = failure.found_with;
  json["is_minimal"] = failure.is_minimal;
  if (!failure.also.empty()) json["also"] = failure.also;
  if (!failure.details.empty()) json["details"] = failure.details;
  if (const std::vector<std::string> lines = diagnose(failure.schedule); !lines.empty())
    json["diagnosis"] = lines;
  if (!failure.explanation.needs.empty()) json["needs"] = failure.explanation.needs;
  if (!failure.explanation.tried.empty()) json["tried"] = failure.explanation.tried;
  if (const auto& passing = failure.explanation.passing)
    json["passing"] = {{"step", passing->step},
                       {"failing", passing->failing},
                       {"passing", passing->passing},
                       {"between", passing->between},
                       {"schedule", OrderedJson::parse(passing->schedule.to_json())}};
  if (const auto& search = failure.explanation.search)
    json["passing_search"] = {{"failing", search->failing}, {"is_complete", search->is_complete}};
  for (const AwaitPointsEvidence& evidence : failure.evidence)
    json["await_points"].push_back({{"await_points", to_string(evidence.await_points)},
                                    {"answer", to_string(evidence.answer)},
                                    {"schedules", evidence.schedules}});
  json["schedule_file"] = failure.schedule_file.string();
  json["schedule"] = OrderedJson::parse(failure.schedule.to_json());
  return json;
}

}  // namespace

std::string to_json(const Report& report) {
  OrderedJson json{{"format", "coweave-report"},
                   {"version", 1},
                   {"test", report.test},
                   {"verdict", to_string(report.verdict)},
                   {"verdict_detail", report.verdict_detail},
                   {"completion", json_of(report.completion)},
                   {"strategy", report.strategy},
                   {"seed", report.seed},
                   {"await_points", to_string(report.await_points)},
                   {"schedules", report.schedules},
                   {"failing", report.failing},
                   {"pruned", report.pruned},
                   {"steps", report.steps},
                   {"failures", OrderedJson::array()},
                   {"warnings", report.warnings}};
  for (const CorpusEntry& entry : report.corpus)
    json["corpus"].push_back({{"file", entry.file.string()},
                              {"state", to_string(entry.state)},
                              {"detail", entry.detail},
                              {"is_deleted", entry.is_deleted}});
  for (const SometimesClaim& claim : report.sometimes)
    json["sometimes"].push_back({{"name", claim.name}, {"has_held", claim.has_held}});
  if (!report.one_order.empty()) json["one_order"] = report.one_order;
  json["looked_at"] = report.looked_at;
  for (const Failure& failure : report.failures) json["failures"].push_back(json_of(failure));
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace coweave
