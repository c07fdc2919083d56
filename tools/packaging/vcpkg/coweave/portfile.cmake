# Builds the checkout that this port lies in. A triplet may set COWEAVE_SOURCE_PATH to another checkout.
if(DEFINED COWEAVE_SOURCE_PATH)
  set(SOURCE_PATH "${COWEAVE_SOURCE_PATH}")
else()
  get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)
endif()
if(NOT EXISTS "${SOURCE_PATH}/framework/CMakeLists.txt")
  message(FATAL_ERROR "expected a checkout of Coweave, found '${SOURCE_PATH}'")
endif()

vcpkg_check_linkage(ONLY_STATIC_LIBRARY)
vcpkg_check_features(OUT_FEATURE_OPTIONS feature_options FEATURES tools COWEAVE_BUILD_TOOLS)
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DCOWEAVE_BUILD_TESTS=OFF -DCOWEAVE_BUILD_EXAMPLES=OFF -DCOWEAVE_BUILD_BENCHMARKS=OFF
          -DCOWEAVE_INSTALL=ON ${feature_options})
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/coweave)
if("tools" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES coweave AUTO_CLEAN)
endif()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
