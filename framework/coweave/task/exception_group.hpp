#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace coweave {

/// Several exceptions as one: what leaves a TaskGroup whose children or body failed. Copies share.
class ExceptionGroup : public std::exception {
 public:
  /// `exceptions`: in the order in which they were thrown, not empty.
  explicit ExceptionGroup(std::string message, std::vector<std::exception_ptr> exceptions);

  /// The message, the number of exceptions, and each of them: type and what() where it has one.
  [[nodiscard]] const char* what() const noexcept override { return content_->text.c_str(); }
  [[nodiscard]] const std::vector<std::exception_ptr>& exceptions() const noexcept {
    return content_->exceptions;
  }
  /// The same with nested groups replaced by what is in them, to any depth.
  [[nodiscard]] std::vector<std::exception_ptr> flattened() const;

 private:
  struct Content {
    std::string text;
    std::vector<std::exception_ptr> exceptions;
  };
  std::shared_ptr<const Content> content_;  // A copy of an exception must not throw.
};

}  // namespace coweave
