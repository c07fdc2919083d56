#pragma once

#include <string_view>

namespace coweave::cli {

/// tools/schema/schedule.schema.json, as it was when the command was built.
[[nodiscard]] std::string_view schedule_schema_text();

}  // namespace coweave::cli
