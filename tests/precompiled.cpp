// Compiled for its precompiled headers only: see CMakeLists.txt.
