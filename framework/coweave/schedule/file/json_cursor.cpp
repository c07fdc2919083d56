#include "coweave/schedule/file/json_cursor.hpp"

#include "coweave/core/error.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {

std::string describe_value(const nlohmann::json* value) {
  if (value == nullptr) return "nothing";
  switch (value->type()) {
    case nlohmann::json::value_t::object:
      return "an object";
    case nlohmann::json::value_t::array:
      return "a list";
    case nlohmann::json::value_t::string:
      return quote(value->get_ref<const std::string&>());
    default:
      return value->dump();
  }
}

JsonCursor JsonCursor::operator[](std::string_view key) const {
  must_be_object();
  const auto found = value_->find(key);
  return {*this, key, no_index, found == value_->end() ? nullptr : &*found};
}

JsonCursor JsonCursor::element(std::size_t index, const Json* value) const {
  return {*this, {}, index, value};
}

JsonCursor JsonCursor::element(std::size_t index) const {
  return element(index, index < list_size() ? &(*value_)[index] : nullptr);
}

const std::string& JsonCursor::string() const {
  if (!is_present() || !value_->is_string()) fail("a string");
  return value_->get_ref<const std::string&>();
}

bool JsonCursor::boolean() const {
  if (!is_present() || !value_->is_boolean()) fail("true or false");
  return value_->get<bool>();
}

std::size_t JsonCursor::list_size() const {
  if (!is_present() || !value_->is_array()) fail("a list");
  return value_->size();
}

std::uint64_t JsonCursor::number_up_to(std::uint64_t most) const {
  if (is_present() && value_->is_number_unsigned()) {
    const auto found = value_->get<std::uint64_t>();
    if (found <= most) return found;
  }
  fail("a whole number from 0 to " + std::to_string(most));
}

std::uint32_t JsonCursor::number() const {
  return static_cast<std::uint32_t>(number_up_to(std::numeric_limits<std::uint32_t>::max()));
}

std::uint64_t JsonCursor::wide_number() const {
  return number_up_to(std::numeric_limits<std::uint64_t>::max());
}

std::uint32_t JsonCursor::number_below(std::size_t end, std::string_view what) const {
  const std::uint32_t found = number();
  if (found >= end) fail("a number below " + std::to_string(end) + ", " + std::string(what));
  return found;
}

void JsonCursor::must_be_object() const {
  if (!is_present() || !value_->is_object()) fail("an object");
}

std::string JsonCursor::way() const {
  const std::string before = parent_ == nullptr ? std::string() : parent_->way();
  return before + '/' + (index_ == no_index ? printable(key_) : std::to_string(index_));
}

void JsonCursor::fail(std::string_view expected) const {
  fail_because("expected " + std::string(expected) + ", found " + describe_value(value_));
}

void JsonCursor::fail_because(std::string_view reason) const {
  throw Error(printable(source_) + ": at " + way() + ": " + std::string(reason));
}

}  // namespace coweave::detail
