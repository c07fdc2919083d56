#pragma once

/// Coweave with GoogleTest: what coweave.hpp has, tests whose body is a coroutine, EXPECT_*
/// captured per execution, assertions that end a coroutine, matchers for reports. Link
/// coweave::gtest, and coweave::gtest_main for a main() that knows the --coweave_* flags.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coweave/coweave.hpp"
#include "coweave/gtest/capture.hpp"
#include "coweave/gtest/co_assert.hpp"
#include "coweave/gtest/macros.hpp"
#include "coweave/gtest/matchers.hpp"
#include "coweave/gtest/plain_test.hpp"
