# coweave_header_check(NAME): an object library with one generated source per public header, which
# includes just that header: it compiles only if every header can stand alone. Framework and primitives;
# internal json_*.hpp are left out, since they include what only the framework's sources see.
function(coweave_header_check name)
  set(sources "")
  foreach(root framework primitives)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/${root}"
         "${PROJECT_SOURCE_DIR}/${root}/coweave/*.hpp")
    foreach(header ${headers})
      if(header MATCHES "/json_[a-z_]+\\.hpp$")
        continue()
      endif()
      if(header MATCHES "^coweave/(boost_asio|asio)\\.hpp$" AND NOT TARGET
                                                                coweave::${CMAKE_MATCH_1})
        continue()
      endif()
      string(REGEX REPLACE "\\.hpp$" ".cpp" source "${header}")
      set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}/${source}")
      # Twice: a header without an include guard does not compile so.
      file(CONFIGURE OUTPUT "${source}"
           CONTENT "#include \"${header}\"\n#include \"${header}\"  // NOLINT\n" @ONLY)
      list(APPEND sources "${source}")
    endforeach()
  endforeach()
  add_library(${name} OBJECT ${sources})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(${name} PRIVATE coweave::gtest coweave::primitives)
  coweave_warnings(${name})
endfunction()
