#pragma once

#include <cstdint>
#include <string_view>

#include "coweave/core/place.hpp"

namespace coweave {

/// A value in [0, alternatives), picked by the strategy: a branch of the search that is not
/// scheduling. Does not suspend. Throws Error if `alternatives` is 0. Under run(), always 0.
std::uint32_t choose(std::uint32_t alternatives, Place place = Place::current());

/// Fails the execution, without ending it, unless `condition` holds; returns `condition`. Under
/// run() a failed check throws Error.
bool check(bool condition, std::string_view text = "check failed", Place place = Place::current());

/// Says that `condition` holds in some execution: that a rare path is reached, that a race was run.
/// The report names the claims that were made and never held; they fail the test if
/// Options::require_sometimes says so. Returns `condition`. Outside explorations it does nothing
/// else.
bool sometimes(bool condition, std::string_view name, Place place = Place::current());

}  // namespace coweave
