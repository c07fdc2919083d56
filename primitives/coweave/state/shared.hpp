#pragma once

#include <concepts>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "coweave/task/object.hpp"

namespace coweave {

/// A value that tasks share, so that an exploration knows which steps touch it: steps that touch
/// different values, or only read, need not be tried in both orders. No access suspends. Outside a
/// reduced search an access costs a test more than the plain value. Under Tracking::declared all state
/// that tasks share is to be in one of these, or in a primitive; a reference that an access gives may
/// be used until the end of the step.
template <class T>
class Shared : private detail::Object {
 public:
  /// Initial value; `name` is for reports.
  explicit(false) Shared(T value = T(), std::string_view name = {},
                         Place created_at = Place::current())
      : Object(ObjectKind::shared, name, created_at), value_(std::move(value)) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() = default;

  /// The value, to look at.
  [[nodiscard]] const T& read() const {
    detail::touch(*this, AccessKind::read);
    return value_;
  }
  /// The same: `*counter`, `counter->size()`. Of a non-const Shared too: what changes it says so.
  [[nodiscard]] const T& operator*() const { return read(); }
  [[nodiscard]] const T* operator->() const { return &read(); }

  /// Gives it a new value, without looking at the old one.
  void write(T value) {
    detail::touch(*this, AccessKind::write);
    value_ = std::move(value);
  }
  Shared& operator=(T value) {
    write(std::move(value));
    return *this;
  }

  /// Calls `change(T&)`, which may look at the value and change it, and gives what that returns.
  template <std::invocable<T&> Change>
  decltype(auto) update(Change&& change) {
    detail::touch(*this, AccessKind::exclusive);
    return std::invoke(std::forward<Change>(change), value_);
  }
  /// The value, to change it: `queue.edit().push_back(item)`.
  [[nodiscard]] T& edit() {
    detail::touch(*this, AccessKind::exclusive);
    return value_;
  }

  /// Identity in reports; not for users.
  [[nodiscard]] const detail::Object& object() const { return *this; }

 private:
  T value_;
};

}  // namespace coweave
