#include "coweave/task/object.hpp"

#include <string>

#include "coweave/core/hash.hpp"
#include "coweave/core/words.hpp"

namespace coweave::detail {

void Object::number_for_accesses() const {
  if (is_older()) {
    const std::uint64_t creator = std::uint64_t{index_of(creator_)} << 32U;
    access_number_ = context.accesses->number_of_older(roll(roll(0, born_in_), creator | ordinal_));
  } else {
    access_number_ = context.accesses->number_of(creator_, ordinal_);
  }
  access_epoch_ = context.epoch;
}

void TaskServices::record_access(OperationKind /*kind*/, const Object& /*object*/,
                                 const Place& /*place*/) {}

void note_access(const Object& object, AccessKind kind, const Place& place) {
  touch(object, kind);
  if (!context.is_recording) return;
  context.services->record_access(kind == AccessKind::read    ? OperationKind::read
                                  : kind == AccessKind::write ? OperationKind::write
                                                              : OperationKind::update,
                                  object, place);
}

std::string describe(const Object& object) {
  const std::string text = in_words(object.kind());
  if (!object.name().empty()) return text + " \"" + std::string(object.name().view()) + "\"";
  if (is_in_system_header(object.created_at().file_name()))
    return text + " (created by the standard library: give it a name)";
  return text + " (created at " + to_string(source_line(object.created_at(), {})) + ")";
}

}  // namespace coweave::detail
