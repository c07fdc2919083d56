"""The Conan 2 recipe of the checkout that it lies in: conan create tools/packaging"""
import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class CoweaveConan(ConanFile):
    name = "coweave"
    version = "0.1.0"
    description = "Finds the ordering bugs of C++20 coroutine code, and saves and replays the interleaving that fails"
    license = "MIT"
    package_type = "static-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"tools": [True, False]}
    default_options = {"tools": True}

    def layout(self):
        self.folders.root = "../.."
        cmake_layout(self)

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..")
        for pattern in ("CMakeLists.txt", "LICENSE", "framework/*", "primitives/*", "tools/*"):
            copy(self, pattern, src=root, dst=self.export_sources_folder)

    def requirements(self):
        self.requires("gtest/[>=1.12]", transitive_headers=True, transitive_libs=True)
        self.requires("nlohmann_json/[>=3.10]", transitive_headers=True)
        if self.options.tools:
            self.requires("cli11/[>=2.1]", visible=False)
            self.requires("valijson/[>=0.7]", visible=False)

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["COWEAVE_BUILD_TESTS"] = False
        toolchain.cache_variables["COWEAVE_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["COWEAVE_BUILD_TOOLS"] = bool(self.options.tools)
        toolchain.cache_variables["COWEAVE_INSTALL"] = True
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        # Consumers read the package configuration that Coweave installs itself.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs.append(os.path.join("lib", "cmake", "coweave"))
