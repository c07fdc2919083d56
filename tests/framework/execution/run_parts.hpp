#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "coweave/execution/task_loop.hpp"
#include "coweave/schedule/step_log.hpp"

/// What the parts of an execution refer to, without an execution: tasks made by hand and a log.
namespace coweave::test {

/// Owns tasks, and runs none.
class NoScheduler final : public detail::TaskLoop {
 public:
  std::uint32_t choose(std::uint32_t /*alternatives*/, const Place& /*place*/) override {
    return 0;
  }
  bool inject_fault(ObjectId /*object*/, const Place& /*place*/) override { return false; }
  bool count_immediate_await() override { return true; }
  Clock::time_point now() override { return {}; }
  [[nodiscard]] bool has_virtual_time() const override { return true; }
  ObjectId register_object(const detail::Object& /*object*/) override { return ObjectId::none; }
  void record(Effect /*effect*/) override {}
  void report_failure(FailureKind /*kind*/, std::string /*message*/, const char* /*file*/,
                      std::uint32_t /*line*/) override {}
  void threw_in_tear_down() noexcept override {}
};

struct RunParts {
  RunParts() { log.restart(1'000); }

  /// A new task, ready to start.
  detail::TaskControl& create(detail::TaskControl* parent, const char* signature,
                              Place place = Place::current()) {
    detail::TaskControl& task = tasks.create(parent);
    task.begin({}, nullptr, signature, place);
    return task;
  }
  /// Logs a step of `task`, which was the only one ready.
  void step(const detail::TaskControl& task) {
    log.append(task.id, 1, 0, OperationKind::yield, ObjectId::none, {});
    ++detail::context.step_number;
  }
  /// The last step of `task` ended it by `error`.
  void end_by(detail::TaskControl& task, std::exception_ptr error) const {
    task.foreign_error = std::move(error);
    task.error = &task.foreign_error;
    task.has_residue = true;
    task.state = detail::TaskState::finished;
    task.result = detail::TaskResult::exception;
    task.ended_in_step = detail::context.step_number;
  }

  NoScheduler scheduler;
  detail::TaskTable tasks{scheduler};
  StepLog log;
  std::string source_root;
};

}  // namespace coweave::test
