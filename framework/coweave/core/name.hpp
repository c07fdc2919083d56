#pragma once

#include <string>
#include <string_view>

namespace coweave {

/// A name that the user gave to a task or an object. Interned: copying is free, and giving the same
/// name in every execution allocates once. Interned names live as long as the process.
class Name {
 public:
  Name() = default;
  /// Thread-safe. O(1) for the empty name, else a look-up in the table.
  explicit Name(std::string_view text) {
    if (!text.empty()) intern(text);
  }

  [[nodiscard]] bool empty() const { return text_ == nullptr; }
  [[nodiscard]] std::string_view view() const {
    return text_ != nullptr ? std::string_view(*text_) : "";
  }

 private:
  void intern(std::string_view text);

  const std::string* text_ = nullptr;
};

}  // namespace coweave
