#include "coweave/schedule/file/json_stream.hpp"

#include <set>
#include <string>
#include <vector>

#include "coweave/core/error.hpp"
#include "coweave/schedule/file/json_cursor.hpp"
#include "coweave/schedule/file/json_syntax.hpp"
#include "coweave/schedule/printable.hpp"

namespace coweave::detail {
namespace {

constexpr std::size_t most_levels = 32;
constexpr std::size_t most_values = 1'000'000;  // In one piece: bounds the memory of its tree.

/// What nlohmann's parser calls. The parser keeps its own stack on the heap, and trees are built
/// only within the limits above, so neither reading nor destroying them can overflow the stack.
class Builder {
 public:
  Builder(std::string_view text, std::string_view source, JsonMembers& members)
      : text_(text), source_(source), members_(members) {}

  bool null() { return add(Json()); }
  bool boolean(bool value) { return add(Json(value)); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(Json(value)); }
  bool number_integer(Json::number_integer_t value) {
    // Only "-0" comes here without being negative.
    return value == 0 ? add(Json(0U)) : add(Json(value));
  }
  bool number_float(Json::number_float_t value, const std::string& /*text*/) {
    return add(Json(value));
  }
  bool string(std::string& value) { return add(Json(std::move(value))); }
  bool binary(Json::binary_t& /*value*/) { return false; }  // Not in text.

  bool start_object(std::size_t /*size*/) { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    if (levels_ == 1)
      start_member(name);
    else if (!open_.empty() &&
             !open_.back()->get_ref<Json::object_t&>().emplace(name, Json()).second)
      fail_at_piece("expected each key once, found " + quote(name) + " twice");
    inner_key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t read, const std::string& /*token*/,
                   const Json::exception& complaint) {
    fail_syntax(text_, source_, read, complaint.what());
  }

 private:
  void start_member(const std::string& name) {
    key_ = name;
    wanted_ = members_.wanted(name);
    is_list_ = false;
    index_ = 0;
    if (wanted_ != Wanted::no && !seen_.insert(name).second)
      fail_at_piece("expected this member once, found it twice");
  }

  bool add(Json value) {
    if (levels_ == 0) fail_root(value);
    if (wanted_ == Wanted::no) return true;
    if (open_.empty()) {
      piece_ = std::move(value);
      deliver();
    } else {
      append(std::move(value));
    }
    return true;
  }

  bool open(Json container) {
    if (levels_ == 0 && !container.is_object()) fail_root(container);
    if (++levels_ > most_levels)
      fail_at_piece("expected at most " + std::to_string(most_levels) +
                    " levels of nesting, found more");
    if (levels_ == 1 || wanted_ == Wanted::no) return true;
    if (levels_ == 2 && wanted_ == Wanted::elements && container.is_array()) {
      is_list_ = true;
    } else if (open_.empty()) {
      piece_ = std::move(container);
      values_ = 1;
      open_.push_back(&piece_);
    } else {
      open_.push_back(append(std::move(container)));
    }
    return true;
  }

  bool close() {
    --levels_;
    if (levels_ == 0 || wanted_ == Wanted::no) return true;
    if (open_.empty()) {
      is_list_ = false;
      members_.end_of_list(key_, index_);
      return true;
    }
    open_.pop_back();
    if (open_.empty()) deliver();
    return true;
  }

  /// The address stays valid while the value is open: its parent does not grow meanwhile.
  Json* append(Json value) {
    if (++values_ > most_values)
      fail_at_piece("expected at most " + std::to_string(most_values) + " values, found more");
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    Json& member = parent.get_ref<Json::object_t&>()[inner_key_];
    member = std::move(value);
    return &member;
  }

  void deliver() {
    if (is_list_)
      members_.element(key_, index_++, piece_);
    else
      members_.member(key_, piece_);
  }

  [[noreturn]] void fail_root(const Json& value) const {
    throw Error(printable(source_) + ": at /: expected an object, found " + describe_value(&value));
  }

  [[noreturn]] void fail_at_piece(std::string_view reason) const {
    const JsonCursor member(source_, key_, nullptr);
    (is_list_ ? member.element(index_, nullptr) : member).fail_because(reason);
  }

  std::string_view text_;
  std::string_view source_;
  JsonMembers& members_;
  std::set<std::string, std::less<>> seen_;  // Wanted members.
  std::size_t levels_ = 0;                   // Containers that are open in the text.
  std::string key_;                          // Of the member of the outermost object.
  Wanted wanted_ = Wanted::no;
  bool is_list_ = false;   // Within a list that is delivered by elements.
  std::size_t index_ = 0;  // Of the next element of that list.
  Json piece_;
  std::vector<Json*> open_;  // Containers of piece_ that are open, outermost first.
  std::string inner_key_;    // Of the next value in the innermost one.
  std::size_t values_ = 0;   // In piece_.
};

}  // namespace

void stream_json(std::string_view text, std::string_view source, JsonMembers& members) {
  // The parser takes a zero byte for the end of its input, and would ignore what follows.
  if (const std::size_t zero = text.find('\0'); zero != text.npos)
    fail_syntax(text, source, zero + 1, "invalid literal");
  Builder builder(text, source, members);
  Json::sax_parse(text.begin(), text.end(), &builder);
}

}  // namespace coweave::detail
