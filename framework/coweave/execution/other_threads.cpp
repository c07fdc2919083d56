#include "coweave/execution/other_threads.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace coweave::detail {
namespace {

constexpr const char* own_name = "coweave";

#if defined(__SANITIZE_THREAD__)
constexpr std::size_t threads_of_sanitizer = 1;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr std::size_t threads_of_sanitizer = 1;
#else
constexpr std::size_t threads_of_sanitizer = 0;
#endif
#else
constexpr std::size_t threads_of_sanitizer = 0;
#endif

#ifdef __linux__
/// Whether the thread of that number has a name other than that of Coweave's own. A thread without
/// a name has just ended.
bool is_foreign_thread(const char* number) {
  std::array<char, 300> text{};
  std::snprintf(text.data(), text.size(), "/proc/self/task/%s/comm", number);
  const int file = ::open(text.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t size = ::read(file, text.data(), text.size());
  ::close(file);
  std::string_view name(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (name.ends_with('\n')) name.remove_suffix(1);
  return !name.empty() && name != own_name;
}
#endif

}  // namespace

std::optional<std::size_t> count_other_threads() {
#ifdef __linux__
  // The directory has a subdirectory for each thread.
  constexpr const char* directory = "/proc/self/task";
  struct stat status {};
  if (::stat(directory, &status) != 0 || status.st_nlink < 3) return std::nullopt;
  if (status.st_nlink == 3) return 0;
  // Without streams and strings: what an exploration allocates is not to depend on its threads.
  DIR* const threads_of_process = ::opendir(directory);
  if (threads_of_process == nullptr) return std::nullopt;
  std::size_t threads = 0;
  while (const dirent* const entry = ::readdir(threads_of_process))
    if (entry->d_name[0] != '.' && is_foreign_thread(entry->d_name)) ++threads;
  ::closedir(threads_of_process);
  const std::size_t expected = 1 + threads_of_sanitizer;
  return threads > expected ? threads - expected : 0;
#else
  return std::nullopt;
#endif
}

void mark_own_thread([[maybe_unused]] pthread_t thread) {
#ifdef __linux__
  static_cast<void>(::pthread_setname_np(thread, own_name));
#endif
}

}  // namespace coweave::detail
