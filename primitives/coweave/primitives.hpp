#pragma once

/// Everything that tasks synchronise, wait and share state with.

#include "coweave/state/shared.hpp"
#include "coweave/sync/barrier.hpp"
#include "coweave/sync/condition.hpp"
#include "coweave/sync/event.hpp"
#include "coweave/sync/future.hpp"
#include "coweave/sync/lock.hpp"
#include "coweave/sync/queue.hpp"
#include "coweave/sync/semaphore.hpp"
#include "coweave/time/sleep.hpp"
#include "coweave/time/timeout.hpp"
