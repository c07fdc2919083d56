#pragma once

#include <concepts>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "coweave/runtime/foreign.hpp"
#include "coweave/runtime/object.hpp"

namespace coweave {
namespace detail {

/// What the operators of a Shared<T> instantiate that it does not have: one message for them all.
template <class T, class Never>
struct SharedIsNotItsValue {
  static_assert(
      never<T, Never>,
      "a Shared<T> is not its value: look at it by *shared or shared.read(), change it by "
      "shared = value or shared.update([](T& value) { ... })");
  static void refuse() {}
};

}  // namespace detail

/// A value that tasks share, so that an exploration knows which steps touch it: steps that touch
/// different values, or only read, need not be tried in both orders. No access suspends. Outside a
/// reduced search an access costs a test more than the plain value. Under Tracking::declared all
/// state that tasks share is to be in one of these, or in a primitive; a reference that an access
/// gives may be used until the end of the step.
template <class T>
class Shared : private detail::Object {
 public:
  /// Initial value; `name` is for reports.
  explicit(false)
      Shared(T value = T(), std::string_view name = {}, Place created_at = Place::current())
      : Object(ObjectKind::shared, name, created_at), value_(std::move(value)) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() = default;

  /// The value, to look at. `place` is for reports, as for the others; the operators have none.
  [[nodiscard]] const T& read(Place place = Place::current()) const {
    detail::access_value(*this, AccessKind::read, place);
    return value_;
  }
  /// The same: `*counter`, `counter->size()`. Of a non-const Shared too: what changes it says so.
  [[nodiscard]] const T& operator*() const { return read(Place()); }
  [[nodiscard]] const T* operator->() const { return &read(Place()); }

  /// Gives it a new value, without looking at the old one.
  void write(T value, Place place = Place::current()) {
    if (detail::access_value(*this, AccessKind::write, place)) return;
    value_ = std::move(value);
  }
  Shared& operator=(T value) {
    write(std::move(value), Place());
    return *this;
  }

  /// Calls `change(T&)`, which may look at the value and change it, and gives what that returns.
  template <std::invocable<T&> Change>
  decltype(auto) update(Change&& change, Place place = Place::current()) {
    const bool is_elsewhere = detail::access_value(*this, AccessKind::exclusive, place);
    if constexpr (std::is_void_v<std::invoke_result_t<Change, T&>>)
      if (is_elsewhere) return;  // Where there is a result, it cannot be left out.
    return std::invoke(std::forward<Change>(change), value_);
  }
  /// The value, to change it: `queue.edit().push_back(item)`.
  [[nodiscard]] T& edit(Place place = Place::current()) {
    detail::access_value(*this, AccessKind::exclusive, place);
    return value_;
  }

  // What a Shared refuses, since the exploration has to know whether the value is read or changed.
  template <class Never = void>
  Shared& operator++() {
    return refuse<Never>();
  }
  template <class Never = void>
  Shared& operator++(int) {
    return refuse<Never>();
  }
  template <class Never = void>
  Shared& operator--() {
    return refuse<Never>();
  }
  template <class Never = void>
  Shared& operator--(int) {
    return refuse<Never>();
  }
  template <class Other>
  Shared& operator+=(const Other& /*other*/) {
    return refuse<void>();
  }
  template <class Other>
  Shared& operator-=(const Other& /*other*/) {
    return refuse<void>();
  }
  template <class Other>
  bool operator==(const Other& /*other*/) const {
    const_cast<Shared*>(this)->refuse<void>();
    return false;
  }

  /// Identity in reports; not for users.
  [[nodiscard]] const detail::Object& object() const { return *this; }

 private:
  template <class Never>
  Shared& refuse() {
    detail::SharedIsNotItsValue<T, Never>::refuse();
    return *this;
  }

  T value_;
};

}  // namespace coweave
