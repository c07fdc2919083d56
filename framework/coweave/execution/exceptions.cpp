#include "coweave/execution/exceptions.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "coweave/core/error.hpp"

namespace coweave::detail {
namespace {

std::string type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : type.name();
}

}  // namespace

std::string type_name(const std::exception& thrown) { return type_name(typeid(thrown)); }

std::string type_name_of_current() { return type_name(*abi::__cxa_current_exception_type()); }

const std::exception_ptr& error_of(const TaskControl& task) {
  return task.error != nullptr && *task.error ? *task.error : task.foreign_error;
}

std::string exception_type(const TaskControl& task) {
  if (!error_of(task)) return {};
  try {
    std::rethrow_exception(error_of(task));
  } catch (const CancelledError&) {
    return {};
  } catch (...) {
    return type_name_of_current();
  }
}

}  // namespace coweave::detail
