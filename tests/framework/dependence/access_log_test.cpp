#include "coweave/dependence/access_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

// The log by itself: the test is the scheduler, the tasks and the primitives.

namespace coweave::test {
namespace {

using detail::AccessLog;
using detail::AccessReader;
using detail::object_in_role;
using detail::ObjectRole;
using detail::role_of;

constexpr TaskId root = TaskId::root;
constexpr auto first = static_cast<TaskId>(1);
constexpr auto second = static_cast<TaskId>(2);
using Steps = std::vector<std::uint32_t>;

/// An execution of three tasks: the root has made a step that created the others.
void begin(AccessLog& log) {
  log.begin_execution();
  log.task_created(root, 11);
  log.begin_step(root);
  log.task_created(first, 12);
  log.task_created(second, 13);
}

Steps enabled_by(const AccessReader& log, std::size_t step) {
  return {log[step].enabled_by.begin(), log[step].enabled_by.end()};
}

std::vector<Access> accesses(const AccessReader& log, std::size_t step) {
  return {log[step].accesses.begin(), log[step].accesses.end()};
}

TEST(AccessLog, KeepsAccessesOnceAndInOrder) {
  AccessLog log;
  begin(log);
  const std::uint32_t object = log.objects().number_of(root, 1);
  log.begin_step(first);
  for (int i = 0; i < 2; ++i) log.objects().access(object, AccessKind::read);
  log.objects().access(object, AccessKind::write);
  const std::uint32_t shared = object_in_role(object, ObjectRole::shared);
  EXPECT_EQ(accesses(log, 1),
            (std::vector<Access>{{shared, AccessKind::read}, {shared, AccessKind::write}}));
  EXPECT_EQ(enabled_by(log, 1), Steps{0});
}

TEST(AccessLog, NumbersTasksAndObjectsAsInTheExecutionBefore) {
  AccessLog log;
  begin(log);
  const std::uint32_t object = log.objects().number_of(root, 1);
  const std::uint32_t number = log.number_of(second);
  log.begin_execution();
  log.task_created(root, 11);
  log.begin_step(root);
  log.task_created(first, 13);  // The two were created in the other order.
  log.task_created(second, 12);
  EXPECT_EQ(log.number_of(first), number);
  static_cast<void>(log.objects().number_of(root, 2));
  EXPECT_EQ(log.objects().number_of(root, 1), object);
}

TEST(AccessLog, NamesTheRolesOfObjects) {
  for (const ObjectRole role :
       {ObjectRole::shared, ObjectRole::control, ObjectRole::completion, ObjectRole::followed})
    EXPECT_EQ(role_of(object_in_role(7, role)), role);
}

// The worked example of PermitAccesses: in both orders the second task goes on after the return.
TEST(PermitAccesses, AskingAndReturningCommute) {
  for (const bool asks_first : {false, true}) {
    AccessLog log;
    begin(log);
    const std::uint32_t lock = log.objects().number_of(root, 1);
    log.begin_step(first);
    log.permits().asks(lock, true);
    std::uint32_t returned_in = 0;
    const auto give_back = [&] {
      log.begin_step(first);
      log.permits().gives_back(lock);
      returned_in = static_cast<std::uint32_t>(log.size() - 1);
    };
    if (!asks_first) give_back();
    log.begin_step(second);
    log.permits().asks(lock, true);
    const std::size_t asked_in = log.size() - 1;
    if (asks_first) {
      give_back();
      log.enables(second);  // The lock wakes the task that waits.
    }
    log.begin_step(second);
    log.permits().gets(lock);
    EXPECT_EQ(enabled_by(log, log.size() - 1), Steps{returned_in});
    EXPECT_FALSE(
        conflict(accesses(log, returned_in).front().kind, accesses(log, asked_in).front().kind));
    EXPECT_TRUE(accesses(log, log.size() - 1).empty());
    EXPECT_FALSE(log.must_restart());
  }
}

TEST(PermitAccesses, LookEndsTheCommutingForGood) {
  AccessLog log;
  begin(log);
  const std::uint32_t lock = log.objects().number_of(root, 1);
  log.begin_step(first);
  log.permits().looks(lock, AccessKind::read);
  EXPECT_TRUE(log.must_restart());
  log.restart();
  begin(log);
  log.begin_step(first);
  log.permits().asks(log.objects().number_of(root, 1), true);
  EXPECT_EQ(accesses(log, 1).front().kind, AccessKind::exclusive);
  EXPECT_FALSE(log.must_restart());
}

TEST(PermitAccesses, ReturnByAnotherTaskIsALook) {
  AccessLog log;
  begin(log);
  const std::uint32_t lock = log.objects().number_of(root, 1);
  log.begin_step(first);
  log.permits().asks(lock, true);
  log.begin_step(second);
  log.permits().gives_back(lock);
  EXPECT_TRUE(log.must_restart());
}

TEST(TaskAccesses, JoinOfAnEndedTaskIsEnabledByItsEnd) {
  AccessLog log;
  begin(log);
  log.begin_step(first);
  log.tasks().completed(first, false);
  log.begin_step(second);
  log.tasks().awaits_completion(first);
  log.begin_step(second);
  EXPECT_EQ(enabled_by(log, 3), Steps{1});
}

TEST(TaskAccesses, CancellationAccessesWhatTheTaskAwaits) {
  AccessLog log;
  for (int execution = 0; execution < 2; ++execution) {
    log.restart();
    begin(log);
    log.begin_step(first);
    log.tasks().awaits_completion(second);
    log.begin_step(second);
    log.tasks().cancels(first, ObjectId::none);
    EXPECT_EQ(log.must_restart(), execution == 0);
  }
  const std::uint32_t awaited = object_in_role(log.number_of(second), ObjectRole::completion);
  const std::vector<Access> made = accesses(log, 2);
  EXPECT_NE(std::find(made.begin(), made.end(), Access{awaited, AccessKind::exclusive}),
            made.end());
  // Once a task was cancelled, each step accesses the control word of its task.
  EXPECT_EQ(made.front(), (Access{object_in_role(log.number_of(second), ObjectRole::control),
                                  AccessKind::exclusive}));
}

TEST(TaskAccesses, EndOfTheBodyEndsTheExecution) {
  AccessLog log;
  begin(log);
  log.begin_step(root);
  log.tasks().completed(root, false);
  EXPECT_TRUE(log[1].ends_execution);
  EXPECT_TRUE(log[1].is_opaque());
}

TEST(AccessLog, RestoresWhatAnotherOneKnew) {
  AccessLog log;
  begin(log);
  const std::uint32_t lock = log.objects().number_of(root, 1);
  log.begin_step(first);
  log.permits().looks(lock, AccessKind::read);
  AccessLog other;
  ASSERT_TRUE(other.restore(log.knowledge()));
  begin(other);
  EXPECT_EQ(other.number_of(second), log.number_of(second));
  other.begin_step(first);
  other.permits().asks(other.objects().number_of(root, 1), true);
  EXPECT_EQ(accesses(other, 1).front().kind, AccessKind::exclusive);
  EXPECT_FALSE(other.must_restart());
}

}  // namespace
}  // namespace coweave::test
