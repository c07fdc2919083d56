#include "coweave/execution/other_threads.hpp"

#include <pthread.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

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

}  // namespace

std::optional<std::size_t> count_other_threads() {
#ifdef __linux__
  // The directory has a subdirectory for each thread.
  constexpr const char* directory = "/proc/self/task";
  struct stat status {};
  if (::stat(directory, &status) != 0 || status.st_nlink < 3) return std::nullopt;
  if (status.st_nlink == 3) return 0;
  std::size_t threads = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name;
    std::getline(std::ifstream(entry->path() / "comm"), name);
    if (!name.empty() && name != own_name) ++threads;  // Without a name: it has just ended.
  }
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
