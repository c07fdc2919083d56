#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

/// In which order the items leave a queue. Items need to be movable, not copyable.
namespace coweave::detail {

/// First in, first out.
template <class T>
class FifoItems {
 public:
  void add(T&& item) { items_.push_back(std::move(item)); }
  T remove() {
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  std::deque<T> items_;
};

/// Last in, first out.
template <class T>
class LifoItems {
 public:
  void add(T&& item) { items_.push_back(std::move(item)); }
  T remove() {
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }

 private:
  std::vector<T> items_;
};

/// The least by `Less` first, of equals the one that came first.
template <class T, class Less>
class PriorityItems {
 public:
  void add(T&& item) {
    items_.push_back({std::move(item), ++added_});
    std::push_heap(items_.begin(), items_.end(), LeavesLater{});
  }
  T remove() {
    std::pop_heap(items_.begin(), items_.end(), LeavesLater{});
    T item = std::move(items_.back().item);
    items_.pop_back();
    return item;
  }

 private:
  struct Entry {
    T item;
    std::uint64_t number;
  };
  struct LeavesLater {
    bool operator()(const Entry& a, const Entry& b) const {
      if (Less{}(b.item, a.item)) return true;
      if (Less{}(a.item, b.item)) return false;
      return b.number < a.number;
    }
  };
  std::vector<Entry> items_;
  std::uint64_t added_ = 0;
};

}  // namespace coweave::detail
