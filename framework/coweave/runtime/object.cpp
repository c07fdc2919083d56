#include "coweave/runtime/object.hpp"

#include <string>

#include "coweave/core/hash.hpp"
#include "coweave/core/words.hpp"
#include "coweave/runtime/elsewhere.hpp"

namespace coweave::detail {

void Object::number_for_accesses() const {
  if (is_older()) {
    const std::uint64_t creator = std::uint64_t{index_of(creator_)} << 32U;
    access_number_ =
        context.accesses->objects().number_of_older(roll(roll(0, born_in_), creator | ordinal_));
  } else {
    access_number_ = context.accesses->objects().number_of(creator_, ordinal_);
  }
  access_epoch_ = context.epoch;
}

ObjectId Object::identify(std::string_view operation, const Place& place) const {
  if (context.services == nullptr) {
    note_use_apart(operation, place);
    return ObjectId::none;
  }
  id_ = context.services->register_object(*this);
  epoch_ = context.epoch;
  return id_;
}

bool Object::note_use_apart(std::string_view operation, const Place& place) const noexcept {
  if (context.services != nullptr) return false;
  const std::uint32_t used_in = epoch_ != 0xFFFFFFFFU ? epoch_ : 0;
  if (used_in == 0 && born_in_ == 0) return false;  // No execution has ever seen it.
  const auto note = [&](std::uint32_t epoch) {
    const std::string what = (operation.empty() ? std::string("a use") : std::string(operation));
    return note_use_elsewhere(epoch, what + " of " + describe(*this), place);
  };
  return note(used_in) || (born_in_ != used_in && note(born_in_));
}

void touch_watched(const Object& object, AccessKind kind) {
  if (context.accesses != nullptr) {
    context.accesses->objects().access(object.access_number(), kind);
  } else if (kind == AccessKind::read) {
    object.note_use_apart(std::string_view{}, object.created_at());
  }
}

void TaskServices::note_wait(const Object& /*object*/) {}

void TaskServices::record_access(OperationKind /*kind*/, const Object& /*object*/,
                                 const Place& /*place*/) {}

bool note_access(const Object& object, AccessKind kind, const Place& place) {
  if (context.services == nullptr)
    return object.note_use_apart(
        kind == AccessKind::read ? OperationKind::read : OperationKind::write, place);
  touch(object, kind);
  if (!context.is_recording) return false;
  context.services->record_access(kind == AccessKind::read    ? OperationKind::read
                                  : kind == AccessKind::write ? OperationKind::write
                                                              : OperationKind::update,
                                  object, place);
  return false;
}

std::string describe(const Object& object) {
  const std::string text = in_words(object.kind());
  if (!object.name().empty()) return text + " \"" + std::string(object.name().view()) + "\"";
  if (is_in_system_header(object.created_at().file_name()))
    return text + " (created by the standard library: give it a name)";
  return text + " (created at " + to_string(source_line(object.created_at(), {})) + ")";
}

}  // namespace coweave::detail
