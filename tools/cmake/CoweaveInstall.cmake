# The installed package: find_package(coweave) gives coweave::framework, coweave::primitives,
# coweave::gtest and coweave::gtest_main, where the libraries are there coweave::asio and
# coweave::boost_asio, and on Linux coweave::virtual_clock.
include(CMakePackageConfigHelpers)
set(coweave_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/coweave")

install(
  TARGETS coweave_framework coweave_primitives coweave_gtest coweave_gtest_main
  EXPORT coweave_targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
# A component of its own, which a test installs without the libraries.
install(
  CODE "set(SOURCE_ROOT \"${PROJECT_SOURCE_DIR}\")\nset(INCLUDE_FOLDER \"${CMAKE_INSTALL_INCLUDEDIR}\")"
  COMPONENT coweave_headers)
install(SCRIPT "${PROJECT_SOURCE_DIR}/tools/cmake/install_headers.cmake" COMPONENT coweave_headers)
# Compiled by the program that asks for it: its definitions must come before those of the C library.
install(FILES framework/coweave/asio/virtual_clock/virtual_clock.cpp
        DESTINATION "${coweave_package_dir}")
install(
  EXPORT coweave_targets
  NAMESPACE coweave::
  DESTINATION "${coweave_package_dir}")
configure_package_config_file(
  tools/cmake/coweaveConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/coweaveConfig.cmake"
  INSTALL_DESTINATION "${coweave_package_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/coweaveConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/coweaveConfig.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/coweaveConfigVersion.cmake"
              tools/cmake/CoweaveAsio.cmake
        DESTINATION "${coweave_package_dir}")
