# Writes copies of the sources that make the sentences of a report, each without one of the guards that keep a
# sentence away: what the tests that claims.md names must notice. Nothing of this is in the product.
#   cmake -DROOT=<repository> -DOUTPUT=<folder> -P mutants.cmake

include("${CMAKE_CURRENT_LIST_DIR}/../mutants/functions.cmake")

begin_source(framework/coweave/exploration/verdict.cpp)
mutate([[if (achieved.is_exhausted) return achieved.is_truncated ?]]
       [[if (achieved.is_exhausted) return achieved.is_truncated && !is_mutant("forgets_the_step_limit") ?]])
mutate([[return kind_of_cut(achieved);]]
       [[if (is_mutant("takes_a_limit_for_the_whole")) return Kind::every;
      return is_mutant("takes_a_limit_for_the_end") ? kind_of_end(achieved) : kind_of_cut(achieved);]])
mutate([[return completion.fairness == 0 ?]]
       [[return completion.fairness == 0 || is_mutant("calls_fair_interleavings_exhaustive") ?]])
mutate([[if (!leaves_values) achieved]]
       [[if (!leaves_values || is_mutant("forgets_chosen_values")) achieved]])
mutate([[const bool is_whole = completion.covers_every_interleaving();]]
       [[const bool is_whole =
      is_mutant("warns_of_one_schedule_in_any_search") || completion.covers_every_interleaving();]])
mutate([[completion.schedules != 1 || has_more)]]
       [[completion.schedules != 1 || (has_more && !is_mutant("forgets_early_schedules")))]])
mutate([[if (failure.kind == FailureKind::nondeterminism)]]
       [[if (failure.kind == FailureKind::nondeterminism && !is_mutant("forgets_nondeterminism"))]])
end_source()

begin_source(framework/coweave/exploration/completion_text.cpp)
mutate([[if (completion.is_void() &&]]
       [[if (completion.is_void() && !is_mutant("forgets_doubts") &&]])
mutate([[std::string text = completion.fairness == 0]]
       [[std::string text = is_mutant("calls_fair_interleavings_all") ||
                     (completion.fairness == 0 && !is_mutant("calls_all_interleavings_fair"))]])
mutate([[text += early.is_complete ?]]
       [[text += early.is_complete || is_mutant("calls_every_race_complete") ?]])
mutate([[std::to_string(early.at_most)]]
       [[std::to_string(early.at_most + (is_mutant("names_one_early_timeout_more") ? 1U : 0U))]])
mutate([[(not_explored.clock_moved_at_step_limit ?]]
       [[(not_explored.clock_moved_at_step_limit && !is_mutant("forgets_the_clock") ?]])
mutate([[early && early->schedules > 0)]]
       [[early && (early->schedules > 0 || is_mutant("says_that_timeouts_raced")))]])
mutate([[if (not_explored.timers_fired_only_when_idle)]]
       [[if (not_explored.timers_fired_only_when_idle && !is_mutant("forgets_timers"))]])
mutate([[if (not_explored.plain_timers_fired_only_when_idle)]]
       [[if (not_explored.plain_timers_fired_only_when_idle && !is_mutant("forgets_sleeps"))]])
mutate([[if (not_explored.clock_moved_at_step_limit) return]]
       [[if (not_explored.clock_moved_at_step_limit || is_mutant("says_that_the_clock_moved")) return]])
mutate([[for (const std::string& name : not_explored.names_without_target)]]
       [[for (const std::string& name : is_mutant("forgets_missing_targets") ? std::vector<std::string>()
                                                                            : not_explored.names_without_target)]])
mutate([[if (not_explored.cancellations_without_target)]]
       [[if (not_explored.cancellations_without_target && !is_mutant("forgets_missing_targets"))]])
mutate([[if (!names_bound ||]]
       [[if (is_mutant("counts_injections_of_the_bound") || !names_bound ||]])
mutate([[if (completion.injected > 0)]]
       [[if (completion.injected > 0 || is_mutant("says_that_injections_took_effect"))]])
mutate([[completion.is_share_of_limit ?]]
       [[completion.is_share_of_limit || is_mutant("says_nine_tenths_of_any_limit") ?]])
end_source()

begin_source(framework/coweave/exploration/explorer.cpp)
mutate([[other.completion.covers_every_interleaving() && other.completion.has_raced_timers();]]
       [[(is_mutant("calls_absent_what_was_not_found") || other.completion.covers_every_interleaving()) &&
        (is_mutant("forgets_the_order_of_timers") || other.completion.has_raced_timers());]])
end_source()

begin_source(framework/coweave/exploration/timeout_race.cpp)
mutate([[early.is_complete = is_exhausted_ &&]]
       [[early.is_complete = (is_exhausted_ || is_mutant("takes_a_cut_race_for_complete")) &&]])
mutate([[&& !runner_.is_fair();]]
       [[&& (!runner_.is_fair() || is_mutant("forgets_that_the_race_was_fair"));]])
mutate([[const bool is_proven =]]
       [[const bool is_proven = is_mutant("calls_every_race_proven") ||]])
end_source()

begin_source(framework/coweave/exploration/reduced_exploration.cpp)
mutate([[total_.is_refuted = true;]]
       [[if (is_mutant("forgets_what_the_audit_found")) return;
  total_.is_refuted = true;]])
mutate([[if (stop == Stop::exhausted && options_.audit != 0)]]
       [[if ((stop == Stop::exhausted || is_mutant("audits_what_a_limit_ended")) && options_.audit != 0)]])
end_source()

begin_source(framework/coweave/exploration/search_runner.cpp)
mutate([[return may_follow && failure.step >= first->step;]]
       [[return is_mutant("excuses_what_failed_before") || (may_follow && failure.step >= first->step);]])
end_source()

begin_source(framework/coweave/exploration/coverage.cpp)
mutate([[if (report.completion.reduction) break;]]
       [[if (report.completion.reduction && !is_mutant("claims_waits_of_a_reduced_search")) break;]])
mutate([[|| !was_never_waited_for(path))]]
       [[|| (!was_never_waited_for(path) && !is_mutant("forgets_waits")))]])
mutate([[|| !orders.is_free)]]
       [[|| (!orders.is_free && !is_mutant("lists_forced_orders")))]])
end_source()

begin_source(framework/coweave/exploration/failures/failure_log.cpp)
mutate([[if (missing.empty() || !report_.failures.empty()) return;]]
       [[if (missing.empty() || (!report_.failures.empty() && !is_mutant("claims_after_a_failure"))) return;]])
end_source()

begin_source(framework/coweave/exploration/failures/last_chance.cpp)
mutate([[if (!share.take()) return decision + 1;]]
       [[if (!share.take() && is_mutant("takes_a_cut_search_of_orders_for_complete")) break;
      if (!share.take()) return decision + 1;]])
end_source()

begin_source(framework/coweave/exploration/failures/explanation.cpp)
mutate([[if (passes(without)) add_need]]
       [[if (is_mutant("calls_every_order_needed") || passes(without)) add_need]])
mutate([[text += has_passed ?]]
       [[text += has_passed || is_mutant("calls_every_cure_one") ?]])
mutate([[if (!hold_back.has_order(execution_.steps()))]]
       [[if (is_mutant("calls_no_order_possible") || !hold_back.has_order(execution_.steps()))]])
mutate([[if (passes(fair))]]
       [[if (passes(fair) || is_mutant("calls_every_livelock_starvation"))]])
mutate([[else if (execution_.failures().front().kind == FailureKind::livelock)]]
       [[else if (is_mutant("calls_every_fair_end_a_livelock") ||
             execution_.failures().front().kind == FailureKind::livelock)]])
end_source()

begin_source(framework/coweave/exploration/explore.cpp)
mutate([[difference = first_difference(schedule.trace, run.trace);]]
       [[if (!is_mutant("forgets_a_divergence")) difference = first_difference(schedule.trace, run.trace);]])
mutate([[const bool is_deterministic = !disagreement.has_difference();]]
       [[const bool is_deterministic =
        is_mutant("calls_every_divergence_stale") || !disagreement.has_difference();]])
end_source()

begin_source(framework/coweave/exploration/stored/corpus.cpp)
mutate([[entry.state = run.failures.empty() ? State::fixed : State::open;]]
       [[entry.state = run.failures.empty() || is_mutant("calls_every_schedule_fixed") ? State::fixed : State::open;]])
end_source()

begin_source(framework/coweave/strategy/bounded.cpp)
mutate([[is_complete_ || is_base_alone ? bound_ : bound_ - 1]]
       [[is_complete_ || is_base_alone ? bound_ : bound_ - (is_mutant("claims_the_bound_under_way") ? 0U : 1U)]])
end_source()

begin_source(framework/coweave/strategy/pct.cpp)
mutate([[if (!guarantee_holds()) return std::nullopt;]]
       [[if (!guarantee_holds() && !is_mutant("claims_a_bound_without_a_guarantee")) return std::nullopt;]])
mutate([[options_.depth - 1) * values), 1.0);]]
       [[options_.depth - 1) * (is_mutant("forgets_values_in_probabilities") ? 1 : values)), 1.0);]])
end_source()
