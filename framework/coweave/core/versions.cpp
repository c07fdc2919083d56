#include "coweave/core/versions.hpp"

#include <mutex>

#ifndef COWEAVE_VERSION
#error "the build has to define COWEAVE_VERSION as a string"
#endif

namespace coweave::detail {
namespace {

struct Noted {
  std::mutex mutex;
  Versions versions{"Coweave " COWEAVE_VERSION, {}, {}};
};

Noted& noted() {
  static Noted all;
  return all;
}

/// 1.22 of 102201.
std::string dotted(std::uint32_t version) {
  return std::to_string(version / 100'000) + "." + std::to_string(version / 100 % 1'000);
}

void compare(std::string& text, const std::string& recorded, const std::string& present,
             std::string_view absent) {
  if (recorded.empty() || recorded == present) return;
  text += (text.empty() ? "recorded with " : "; with ") + recorded + ", this is ";
  text += present.empty() ? absent : std::string_view(present);
}

}  // namespace

Versions present_versions() {
  Noted& all = noted();
  const std::lock_guard lock(all.mutex);
  return all.versions;
}

bool note_compiler(std::string_view compiler) {
  Noted& all = noted();
  const std::lock_guard lock(all.mutex);
  if (all.versions.compiler.empty()) all.versions.compiler = compiler;
  return true;
}

void note_asio(std::uint32_t version, std::uint32_t boost) {
  std::string asio = boost == 0 ? "Asio " : "Boost.Asio ";
  asio += dotted(version) + "." + std::to_string(version % 100);
  if (boost != 0) asio += " (Boost " + dotted(boost) + ")";
  Noted& all = noted();
  const std::lock_guard lock(all.mutex);
  std::string& known = all.versions.asio;
  if (known.find(asio) == known.npos) (known += known.empty() ? "" : ", ") += asio;
}

std::string version_differences(const Versions& recorded, const Versions& present) {
  std::string text;
  compare(text, recorded.coweave, present.coweave, "another Coweave");
  compare(text, recorded.compiler, present.compiler, "another compiler");
  compare(text, recorded.asio, present.asio, "a program without Asio");
  return text;
}

}  // namespace coweave::detail
