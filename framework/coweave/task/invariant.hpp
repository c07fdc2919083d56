#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "coweave/core/place.hpp"

namespace coweave {
namespace detail {

/// What an execution needs of an invariant.
class InvariantBase {
 public:
  InvariantBase(const InvariantBase&) = delete;
  InvariantBase& operator=(const InvariantBase&) = delete;

  [[nodiscard]] virtual bool holds() const = 0;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Place& place() const { return place_; }

 protected:
  InvariantBase(std::string_view name, const Place& place) : name_(name), place_(place) {}
  ~InvariantBase() = default;
  void enlist();
  void leave() noexcept;

 private:
  std::string name_;
  Place place_;
  std::uint32_t epoch_ = 0;  // Of the execution that checks it; 0: none.
};

}  // namespace detail

/// While it lives, an execution fails (invariant) in the first step after which its predicate is
/// false or throws.
template <class Predicate>
class [[nodiscard]] Invariant final : private detail::InvariantBase {
 public:
  Invariant(Predicate predicate, std::string_view name, const Place& place)
      : InvariantBase(name, place), predicate_(std::move(predicate)) {
    enlist();
  }
  ~Invariant() { leave(); }

 private:
  [[nodiscard]] bool holds() const override { return static_cast<bool>(predicate_()); }

  Predicate predicate_;
};

/// `const auto guard = invariant([&] { return sum(accounts) == 100; }, "no money is lost");`: in an
/// exploration, `predicate` is checked after every step of any task for as long as the guard lives.
/// What it captures by reference is declared before the guard. It must not await, nor use a
/// primitive. Executions without one cost nothing more. To a reduction, steps under one touch
/// everything, as it may look at anything.
template <class Predicate>
[[nodiscard]] Invariant<Predicate> invariant(Predicate predicate, std::string_view name,
                                             Place place = Place::current()) {
  return {std::move(predicate), name, place};
}

}  // namespace coweave
