#include "coweave/dependence/stable_numbers.hpp"

namespace coweave::detail {

bool StableNumbers::intern_task(std::uint64_t key, std::uint32_t& number) {
  const auto [known, is_new] =
      task_numbers_.try_emplace(key, static_cast<std::uint32_t>(task_keys_.size()));
  if (is_new) task_keys_.push_back(key);
  number = known->second;
  return is_new;
}

std::uint32_t StableNumbers::of_object_with(std::uint64_t key) {
  const std::size_t position = interned_count_++;
  if (position < interned_.size() && object_keys_[interned_[position]] == key)
    return interned_[position];
  const auto [known, is_new] =
      object_numbers_.try_emplace(key, static_cast<std::uint32_t>(object_keys_.size()));
  if (is_new) object_keys_.push_back(key);
  interned_.resize(interned_count_);  // The numbers behind it are not to be expected now.
  return interned_.back() = known->second;
}

bool StableNumbers::restore(const std::vector<std::uint64_t>& task_keys,
                            const std::vector<std::uint64_t>& object_keys) {
  if (task_keys.empty() || task_keys.front() != 0) return false;
  for (std::uint32_t number = 1; number < task_keys.size(); ++number)
    if (!task_numbers_.try_emplace(task_keys[number], number).second) return false;
  for (std::uint32_t number = 0; number < object_keys.size(); ++number)
    if (!object_numbers_.try_emplace(object_keys[number], number).second) return false;
  task_keys_ = task_keys;
  object_keys_ = object_keys;
  return true;
}

}  // namespace coweave::detail
