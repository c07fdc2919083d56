#include "coweave/execution/exceptions.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "coweave/core/error.hpp"
#include "coweave/task/exception_group.hpp"

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

bool is_deadline_passed(const std::exception& thrown) {
  if (dynamic_cast<const DeadlinePassed*>(&thrown) != nullptr) return true;
  const auto* const group = dynamic_cast<const ExceptionGroup*>(&thrown);
  if (group == nullptr) return false;
  const std::vector<std::exception_ptr> all = group->flattened();
  return std::all_of(all.begin(), all.end(), [](const std::exception_ptr& one) {
    try {
      std::rethrow_exception(one);
    } catch (const DeadlinePassed&) {
      return true;
    } catch (...) {
      return false;
    }
  });
}

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
