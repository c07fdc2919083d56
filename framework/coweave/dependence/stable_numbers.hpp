#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "coweave/core/ids.hpp"

namespace coweave::detail {

/// The object of an Access stands for an object of the program, or for one of the three words (also
/// called objects) that each task has. No task has the number 0, so two of the words with
/// this number are free to be `object_of_faults` and `object_of_failures`.
enum class ObjectRole : std::uint32_t {
  shared,      ///< An object of the program: a primitive, a Shared<T>.
  control,     ///< Whether a task is to end, and its deadlines.
  completion,  ///< Whether a task has ended.
  followed,    ///< What a task knows of the ends of the tasks that it gathers, groups or waits for.
};
inline constexpr std::uint32_t object_roles = 4;

/// The object of an Access: that of `role` of the task or object with this number.
[[nodiscard]] constexpr std::uint32_t object_in_role(std::uint32_t number, ObjectRole role) {
  return number * object_roles + static_cast<std::uint32_t>(role);
}
[[nodiscard]] constexpr ObjectRole role_of(std::uint32_t object) {
  return static_cast<ObjectRole>(object % object_roles);
}
/// Each place that may make a call throw accesses the first; each report of a failure, the second.
inline constexpr std::uint32_t object_of_faults = object_in_role(0, ObjectRole::control);
inline constexpr std::uint32_t object_of_failures = object_in_role(0, ObjectRole::followed);

/// Numbers tasks and objects by their stable names, so that a task or an object has the same number
/// in all executions of an exploration. A name is a key: a hash of 64 bits. The key of a task
/// hashes its spawn path, the key of an object hashes its creator and its ordinal.
///
/// In most executions the n-th task or object to be numbered is the same as in the one before. So
/// the numbers are kept in this order, and a key is looked up only if the n-th key is another one.
class StableNumbers {
 public:
  /// Forgets the ids of the last execution; the numbers stay.
  void begin_execution() {
    task_count_ = 0;
    interned_count_ = 0;
    of_object_.clear();
  }
  /// Gives the next TaskId the number of the task with `key`. Returns true if the key is new.
  bool add_task(std::uint64_t key) {
    if (task_count_ == of_task_.size()) of_task_.push_back(0);
    std::uint32_t& number = of_task_[task_count_++];
    return (task_keys_[number] != key || number == 0) && intern_task(key, number);
  }
  /// The number of a task of this execution.
  [[nodiscard]] std::uint32_t of(TaskId task) const { return of_task_[index_of(task)]; }
  /// The numbers of the tasks of this execution, by TaskId.
  [[nodiscard]] std::span<const std::uint32_t> tasks() const {
    return std::span(of_task_).first(task_count_);
  }

  /// Returns the number of the object with `key`.
  [[nodiscard]] std::uint32_t of_object_with(std::uint64_t key);
  /// Notes the number of the object that has this id in this execution.
  void register_object(ObjectId id, std::uint32_t number) {
    of_object_.resize(index_of(id) + 1);  // Others may have been numbered before the log was there.
    of_object_[index_of(id)] = number;
  }
  [[nodiscard]] std::uint32_t of(ObjectId id) const { return of_object_[index_of(id)]; }

  /// The keys by number. The first key of a task stands for no task.
  [[nodiscard]] const std::vector<std::uint64_t>& task_keys() const { return task_keys_; }
  [[nodiscard]] const std::vector<std::uint64_t>& object_keys() const { return object_keys_; }
  /// Before the first execution: continues the numbers of another process. Returns false if none
  /// has such keys.
  [[nodiscard]] bool restore(const std::vector<std::uint64_t>& task_keys,
                             const std::vector<std::uint64_t>& object_keys);

 private:
  bool intern_task(std::uint64_t key, std::uint32_t& number);

  // Entries beyond `task_count_` and `interned_count_` are left from earlier executions.
  std::vector<std::uint32_t> of_task_;    // By TaskId: its number.
  std::size_t task_count_ = 0;            // Tasks of this execution.
  std::vector<std::uint32_t> interned_;   // Numbers of objects, in the order of the calls.
  std::size_t interned_count_ = 0;        // Calls in this execution.
  std::vector<std::uint32_t> of_object_;  // By ObjectId of this execution.
  std::vector<std::uint64_t> task_keys_{0};
  std::vector<std::uint64_t> object_keys_;
  std::unordered_map<std::uint64_t, std::uint32_t> task_numbers_;
  std::unordered_map<std::uint64_t, std::uint32_t> object_numbers_;
};

}  // namespace coweave::detail
