#pragma once

/// Tasks, explorations and their reports; without GoogleTest and without the primitives.

#include "coweave/core/error.hpp"
#include "coweave/execution/run.hpp"
#include "coweave/exploration/explore.hpp"
#include "coweave/strategy/bounded.hpp"
#include "coweave/strategy/exhaustive.hpp"
#include "coweave/strategy/pct.hpp"
#include "coweave/strategy/portfolio.hpp"
#include "coweave/strategy/pos.hpp"
#include "coweave/strategy/production.hpp"
#include "coweave/strategy/random_walk.hpp"
#include "coweave/strategy/registry.hpp"
#include "coweave/strategy/surw.hpp"
#include "coweave/strategy/swarm.hpp"
#include "coweave/strategy/urw.hpp"
#include "coweave/task/choose.hpp"
#include "coweave/task/fault_point.hpp"
#include "coweave/task/gather.hpp"
#include "coweave/task/spawn.hpp"
#include "coweave/task/task.hpp"
#include "coweave/task/yield.hpp"
