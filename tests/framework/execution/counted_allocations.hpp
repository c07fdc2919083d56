#pragma once

#include <atomic>
#include <cstdint>

/// What the global operator new, which an executable with counted_allocations.cpp replaces, has
/// handed out so far.
namespace coweave::test {

extern constinit std::atomic<std::uint64_t> allocations;
/// In bytes, without what was given back.
extern constinit std::atomic<std::uint64_t> bytes_in_use;
/// The most of them since it was set.
extern constinit std::atomic<std::uint64_t> most_bytes_in_use;

}  // namespace coweave::test
