#include "output.hpp"

#include <iostream>

#include "coweave/core/error.hpp"
#include "coweave/schedule/file/whole_file.hpp"

namespace coweave::cli {

void write_output(const std::string& file, std::string_view text) {
  if (file != "-") {
    detail::write_whole_file(file, text);
    return;
  }
  std::cout << text << std::flush;
  if (!std::cout) throw Error("coweave: cannot write to standard output");
}

}  // namespace coweave::cli
