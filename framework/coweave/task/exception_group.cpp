#include "coweave/task/exception_group.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <typeinfo>
#include <utility>

#include "coweave/core/error.hpp"
#include "coweave/core/words.hpp"

namespace coweave {
namespace {

std::string name_of_current_exception() {
  const char* mangled = abi::__cxa_current_exception_type()->name();
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : mangled;
}

std::string describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& thrown) {
    return name_of_current_exception() + ": " + thrown.what();
  } catch (...) {
    return name_of_current_exception();
  }
}

void flatten_into(std::vector<std::exception_ptr>& leaves, const ExceptionGroup& group) {
  for (const std::exception_ptr& each : group.exceptions()) {
    try {
      std::rethrow_exception(each);
    } catch (const ExceptionGroup& nested) {
      flatten_into(leaves, nested);
    } catch (...) {
      leaves.push_back(each);
    }
  }
}

}  // namespace

ExceptionGroup::ExceptionGroup(std::string message, std::vector<std::exception_ptr> exceptions) {
  if (exceptions.empty()) throw Error("ExceptionGroup: expected exceptions, found none");
  message += " (" + counted(exceptions.size(), "exception") + ")";
  const char* separator = ": ";
  for (const std::exception_ptr& each : exceptions) {
    message += separator + describe(each);
    separator = "; ";
  }
  content_ = std::make_shared<const Content>(Content{std::move(message), std::move(exceptions)});
}

std::vector<std::exception_ptr> ExceptionGroup::flattened() const {
  std::vector<std::exception_ptr> leaves;
  flatten_into(leaves, *this);
  return leaves;
}

}  // namespace coweave
