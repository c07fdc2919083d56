#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "coweave/core/name.hpp"
#include "coweave/runtime/suspend.hpp"

namespace coweave::detail {

/// What a primitive is to the scheduler: a stable name. An object is known by the task that created
/// it (or the root) and the n-th creation by it, one that is older than the execution by the place
/// of its creation; never by its address. Base of all primitives.
class Object {
 public:
  Object(ObjectKind kind, std::string_view name, const Place& created_at)
      : kind_(kind), name_(name), created_at_(created_at) {
    if (context.current != nullptr) {
      creator_ = context.current->id;
      ordinal_ = ++context.current->objects;
    } else {
      ordinal_ = ++context.root_objects;
    }
    born_in_ = context.epoch;
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  [[nodiscard]] ObjectKind kind() const { return kind_; }
  [[nodiscard]] const Name& name() const { return name_; }
  [[nodiscard]] const Place& created_at() const { return created_at_; }
  /// Null id: created by the call of the body.
  [[nodiscard]] TaskId creator() const { return creator_; }
  [[nodiscard]] std::uint32_t ordinal() const { return ordinal_; }
  /// Created before the running execution: by a fixture that lives longer, or statically.
  [[nodiscard]] bool is_older() const { return born_in_ != context.epoch; }
  /// Orders the objects of a thread by creation.
  using Age = std::tuple<std::uint32_t, TaskId, std::uint32_t>;
  [[nodiscard]] Age age() const { return {born_in_, creator_, ordinal_}; }

  /// Its number in Context::accesses, which must not be null; O(1) after the first use. Apart from
  /// id(): what an object is called must not depend on whether a search is reduced.
  [[nodiscard]] std::uint32_t access_number() const {
    if (access_epoch_ != context.epoch) [[unlikely]]
      number_for_accesses();
    return access_number_;
  }

  /// Its number in the running execution; O(1) after the first use.
  [[nodiscard]] ObjectId id() const {
    return epoch_ == context.epoch ? id_ : identify({}, created_at_);
  }
  /// As id(), for an operation: where another thread runs the execution that the object is in use
  /// by, the operation is noted there.
  [[nodiscard]] ObjectId id(OperationKind operation, const Place& place) const {
    if (epoch_ != context.epoch) [[unlikely]]
      return identify(to_string(operation), place);
    return id_;
  }

  /// Where no scheduler runs on this thread: whether the object is in use by an execution of
  /// another thread, in which the operation is then a failure (uncontrolled).
  bool note_use_apart(OperationKind operation, const Place& place) const noexcept {
    return note_use_apart(to_string(operation), place);
  }
  bool note_use_apart(std::string_view operation, const Place& place) const noexcept;

 protected:
  ~Object() = default;

 private:
  void number_for_accesses() const;
  ObjectId identify(std::string_view operation, const Place& place) const;

  ObjectKind kind_;
  mutable ObjectId id_ = ObjectId::none;
  mutable std::uint32_t epoch_ = 0xFFFFFFFFU;
  mutable std::uint32_t access_number_ = 0;
  mutable std::uint32_t access_epoch_ = 0xFFFFFFFFU;
  std::uint32_t born_in_ = 0;
  TaskId creator_ = TaskId::none;
  std::uint32_t ordinal_ = 0;
  Name name_;
  Place created_at_;
};

/// touch() where touches are noted, or no scheduler runs on this thread.
void touch_watched(const Object& object, AccessKind kind);

/// The step under way touches `object`: for a reduced search, and free without one.
inline void touch(const Object& object, AccessKind kind) {
  if (context.is_watched) [[unlikely]]
    touch_watched(object, kind);
}

/// Whether the operation has no effect on `object`: the execution is being torn down, or another
/// thread runs the one that the object is in use by.
[[nodiscard]] inline bool is_inert(const Object& object, OperationKind operation,
                                   const Place& place) {
  return context.is_apart && (context.is_tearing_down || object.note_use_apart(operation, place));
}

/// An await of `object` begins, which may take effect at once. Throws the Error of awaiting without
/// a scheduler, and nothing has an effect, where another thread runs the execution that `object` is
/// in use by.
inline void refuse_elsewhere(const Object& object, OperationKind operation, const Place& place) {
  if (context.is_apart && object.note_use_apart(operation, place)) [[unlikely]]
    throw_no_scheduler(operation, place);
}

/// Where accesses are noted or recorded: for the next.
bool note_access(const Object& object, AccessKind kind, const Place& place);

/// The step under way looks at the value in `object` (read), gives it another one (write), or both
/// (exclusive). Costs one test where nobody watches. True: another thread runs the execution that
/// `object` is in use by, and it is to be left alone.
inline bool access_value(const Object& object, AccessKind kind, const Place& place) {
  if (context.is_observed) [[unlikely]]
    return note_access(object, kind, place);
  return false;
}

/// What runs has to wait for `object`, by which tasks exclude each other: for the claim that this
/// never happens. Called where a wait begins, whatever ends it.
inline void note_wait(const Object& object) {
  if (context.services != nullptr) context.services->note_wait(object);
}

/// An operation on `object` within a step. Numbers the object also when nothing is recorded: what
/// an object is called must not depend on whether somebody is watching.
inline void record(OperationKind kind, const Object& object, const Place& place,
                   std::uint32_t value = 0) {
  const ObjectId id = object.id(kind, place);
  if (context.is_recording) [[unlikely]]
    record(kind, id, place, TaskId::none, value);
}

/// "lock "db"", or "lock (created at pool.cpp:12)" without a name.
[[nodiscard]] std::string describe(const Object& object);

}  // namespace coweave::detail
